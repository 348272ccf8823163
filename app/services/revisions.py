"""The history of an article: what each save left, compared and brought back."""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, delete, select
from sqlalchemy.orm import joinedload, undefer

from app.extensions import db
from app.models import Post, Revision, User
from app.services.errors import NotFound
from app.services.paging import list_page
from app.services.reading import Page
from app.text.diff import Line, compare

KEPT = 50


@dataclass(frozen=True)
class Texts:
    """The texts of an article at a time."""

    title: str
    summary: str
    content: str

    @classmethod
    def of(cls, source: Post | Revision) -> "Texts":
        """Return the texts of an article or of a revision."""
        return cls(source.title, source.summary or "", source.content)


def texts_before(post: Post) -> Texts:
    """Return an article's texts before a change, and keep them if nothing was kept before.

    An article that was imported or written before there was a history has none.
    """
    if db.session.scalar(select(Revision.id).where(Revision.post_id == post.id).limit(1)) is None:
        db.session.add(revision_of(post, post.author_id, created_at=post.updated_at))
    return Texts.of(post)


def keep(post: Post, *, editor: User, before: Texts | None = None) -> None:
    """Keep what a change has left, in its transaction; nothing when the texts are the same."""
    db.session.flush()  # Completes the article: a summary may have been made from the text.
    if before == Texts.of(post):
        return
    db.session.add(revision_of(post, editor.id))
    db.session.flush()
    oldest_kept = (
        select(Revision.id)
        .where(Revision.post_id == post.id)
        .order_by(Revision.id.desc())
        .offset(KEPT - 1)
        .limit(1)
        .scalar_subquery()
    )
    db.session.execute(
        delete(Revision).where(Revision.post_id == post.id, Revision.id < oldest_kept)
    )


def revision_of(post: Post, editor_id: int, **values: Any) -> Revision:
    """Return a revision with an article's present texts."""
    return Revision(
        post_id=post.id,
        editor_id=editor_id,
        title=post.title,
        summary=post.summary or "",
        content=post.content,
        word_count=post.word_count,
        **values,
    )


def list_revisions(*, post: Post, page: int, per_page: int) -> Page:
    """Return a page of an article's revisions, the newest first."""
    return list_page(
        select(Revision).where(Revision.post_id == post.id).order_by(Revision.id.desc()),
        options=(joinedload(Revision.editor),),
        page=page,
        per_page=per_page,
    )


def find_revision(*, post: Post, revision_id: int) -> Revision:
    """Return a revision of an article with its text. Raises `NotFound`."""
    found = db.session.scalar(in_full().where(Revision.id == revision_id))
    if found is None or found.post_id != post.id:
        raise NotFound(_("This version is no longer kept."))
    return found


def revision_before(revision: Revision) -> Revision | None:
    """Return the revision that a revision followed, None for the oldest one kept."""
    return db.session.scalar(
        in_full()
        .where(Revision.post_id == revision.post_id, Revision.id < revision.id)
        .order_by(Revision.id.desc())
        .limit(1)
    )


def in_full() -> Select[tuple[Revision]]:
    """Return the statement of revisions with their text and editor."""
    return select(Revision).options(undefer(Revision.content), joinedload(Revision.editor))


def differences(old: Texts | None, new: Texts) -> dict[str, list[Line]]:
    """Return what differs between two versions, by the name of the field."""
    before = old or Texts("", "", "")
    return {
        name: lines
        for name in ("title", "summary", "content")
        if (lines := compare(getattr(before, name), getattr(new, name)))
    }
