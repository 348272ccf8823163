"""Keeps forms that were not saved yet, so that whatever happens to a browser costs no text."""

from collections.abc import Mapping

from flask_babel import gettext as _
from sqlalchemy import delete, select

from app.extensions import db
from app.models import Autosave, User
from app.models.base import utc_now
from app.services import publishing
from app.services.errors import Invalid, NotFound
from app.text.markdown import MAX_SOURCE_CHARS

# New articles that a writer may have unsaved; the oldest gives way.
NEW_KEPT = 20
FIELDS = (
    *("title", "content", "summary", "slug", "category", "new_category", "tags", "language"),
    *("is_published", "published_at", "version"),
)


def keep(
    *, user: User, fields: Mapping[str, str], post_id: int | None, autosave_id: int | None
) -> Autosave:
    """Keep the fields of a form; `autosave_id` is what an earlier call made for a new article.

    Raises `Invalid` for a text longer than an article may be, `NotFound` or `Forbidden` for an
    article that the user may not change.
    """
    values = {name: fields[name] for name in FIELDS if name in fields}
    if sum(map(len, values.values())) > MAX_SOURCE_CHARS + 10_000:
        raise Invalid({"content": [_("The text is too long.")]})

    def build() -> Autosave:
        if post_id is not None:
            publishing.editable_post(post_id=post_id, user=user)
            found = of_post(user=user, post_id=post_id)
        else:
            found = of_new(user=user, autosave_id=autosave_id)
        found = found or Autosave(user_id=user.id, post_id=post_id)
        found.fields, found.updated_at = values, utc_now()
        db.session.add(found)
        db.session.flush()
        drop_oldest(user)
        return found

    return publishing.commit_retrying(build)


def drop_oldest(user: User) -> None:
    """Delete what a writer has unsaved beyond the bound."""
    kept = (
        select(Autosave.id)
        .where(Autosave.user_id == user.id, Autosave.post_id.is_(None))
        .order_by(Autosave.updated_at.desc(), Autosave.id.desc())
        .limit(NEW_KEPT)
    )
    db.session.execute(
        delete(Autosave).where(
            Autosave.user_id == user.id, Autosave.post_id.is_(None), Autosave.id.not_in(kept)
        ),
        execution_options={"synchronize_session": False},
    )


def of_post(*, user: User, post_id: int) -> Autosave | None:
    """Return what a writer has left unsaved of an article."""
    return db.session.scalar(
        select(Autosave).where(Autosave.user_id == user.id, Autosave.post_id == post_id)
    )


def of_new(*, user: User, autosave_id: int | None) -> Autosave | None:
    """Return a writer's unsaved new article."""
    found = db.session.get(Autosave, autosave_id) if autosave_id is not None else None
    is_it = found is not None and found.user_id == user.id and found.post_id is None
    return found if is_it else None


def list_new(*, user: User) -> list[Autosave]:
    """Return a writer's unsaved new articles, the last changed first."""
    return list(
        db.session.scalars(
            select(Autosave)
            .where(Autosave.user_id == user.id, Autosave.post_id.is_(None))
            .order_by(Autosave.updated_at.desc())
        )
    )


def discard(*, user: User, autosave_id: int) -> Autosave:
    """Delete an unsaved form, because it was saved or is not wanted. Raises `NotFound`."""
    found = db.session.get(Autosave, autosave_id)
    if found is None or found.user_id != user.id:
        raise NotFound(_("There is no such draft."))
    db.session.delete(found)
    db.session.commit()
    return found


def forget(*, user: User, post_id: int | None, autosave_id: int | None) -> None:
    """Delete what a save has made superfluous."""
    wanted = Autosave.post_id == post_id if post_id is not None else Autosave.post_id.is_(None)
    if post_id is None and autosave_id is None:
        return
    if post_id is None:
        wanted &= Autosave.id == autosave_id
    db.session.execute(delete(Autosave).where(Autosave.user_id == user.id, wanted))
    db.session.commit()
