"""Writing articles: making, changing, publishing and deleting them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar, Unpack

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import undefer
from sqlalchemy.orm.exc import StaleDataError

from app.extensions import db
from app.models import OutboxMessage, Permission, Post, User
from app.models.base import utc_now
from app.models.derived import changed, render, shown_uploads, with_pictures
from app.services import audit, public_pages, revisions, site, taxonomy
from app.services.clean import clean_text
from app.services.errors import Conflict, Forbidden, Invalid, NotFound
from app.services.post_fields import PostFields, apply_fields
from app.text.markdown import Rendered, TextTooLong

GOES_LIVE_KIND = "goes_live"
# Two writers may invent one tag or one slug at a time; whoever is second starts over.
ATTEMPTS = 3

Result = TypeVar("Result")


def create_post(*, author: User, **fields: Unpack[PostFields]) -> Post:
    """Add an article. Raises `Forbidden` or, with every fault found, `Invalid`."""
    if not author.can(Permission.CREATE):
        raise Forbidden(_("You may not write articles."))
    given: PostFields = {"title": "", "content": "", **fields}
    pages: list[str] = []

    def build() -> Post:
        nonlocal pages
        post = Post(author=author, is_published=False)
        with db.session.no_autoflush:
            apply_fields(post, given, editor=author)
        db.session.add(post)
        schedule_refresh(post)
        revisions.keep(post, editor=author)
        pages = refreshed_pages(post)
        return post

    post = commit_retrying(build)
    if pages:
        site.touch(pages)
    return post


def update_post(
    *, post_id: int, editor: User, version: int | None = None, **fields: Unpack[PostFields]
) -> Post:
    """Change an article.

    `version` is the one that the editor has seen; when the article has moved on since, nothing is
    written and `Conflict` is raised. Raises `NotFound`, `Forbidden` or `Invalid` otherwise.
    """
    pages: list[str] = []

    def build() -> Post:
        nonlocal pages
        post = editable_post(post_id=post_id, user=editor)
        if version is not None and post.version != version:
            raise Conflict(changed_meanwhile())
        former = public_pages.of_post(post)
        before = revisions.texts_before(post)
        record_if_foreign("post.edit", post, editor)
        with db.session.no_autoflush:
            apply_fields(post, fields, editor=editor)
        # Tags are not in the article's row: it must change for the version to rise with them.
        post.updated_at = utc_now()
        schedule_refresh(post)
        revisions.keep(post, editor=editor, before=before)
        pages = refreshed_pages(post, former)
        return post

    post = commit_retrying(build)
    if pages:
        site.touch(pages)
    return post


def restore_revision(
    *, post_id: int, revision_id: int, editor: User, version: int | None = None
) -> Post:
    """Give an article the texts of a former version; the present ones stay in its history."""
    post = editable_post(post_id=post_id, user=editor)
    found = revisions.find_revision(post=post, revision_id=revision_id)
    return update_post(
        post_id=post_id,
        editor=editor,
        version=version,
        title=found.title,
        summary=found.summary,
        content=found.content,
    )


def publish(*, post_id: int, editor: User, at: datetime | None = None) -> Post:
    """Publish an article now, or at an aware time."""
    return update_post(post_id=post_id, editor=editor, is_published=True, published_at=at)


def unpublish(*, post_id: int, editor: User) -> Post:
    """Make an article a draft again; it keeps its date."""
    return update_post(post_id=post_id, editor=editor, is_published=False)


def delete_post(*, post_id: int, editor: User) -> None:
    """Delete an article with its comments and former addresses, for good."""
    pages: list[str] = []

    def build() -> None:
        nonlocal pages
        post = editable_post(post_id=post_id, user=editor)
        pages = public_pages.of_post(post)
        record_if_foreign("post.delete", post, editor)
        tags = list(post.tags)
        db.session.delete(post)
        taxonomy.forget_unused(tags)
        site.queue_refresh(pages)

    commit_retrying(build)
    if pages:
        site.touch(pages)


def preview(*, content: str, content_format: str = "markdown") -> Rendered:
    """Return what a text would look like as an article; stores nothing. Raises `Invalid`."""
    try:
        rendered = render(Post(content=clean_text(content), content_format=content_format))
    except TextTooLong as error:
        raise Invalid({"content": [str(error)]}) from None
    return with_pictures(rendered, shown_uploads(db.session(), rendered.html))


def editable_post(*, post_id: int, user: User) -> Post:
    """Return an article with its text if the user may change it.

    Raises `Forbidden` for a public article of someone else; other people's drafts do not exist
    for those who may not edit them: `NotFound`.
    """
    post = db.session.get(Post, post_id, options=[undefer(Post.content)])
    if post is not None and may_edit(user, post):
        return post
    if post is not None and post.is_public:
        raise Forbidden(_("This article belongs to someone else."))
    raise NotFound(_("There is no such article."))


def may_edit(user: User, post: Post) -> bool:
    """Say whether a user may change and delete an article: its author, and every editor."""
    own = post.author_id == user.id and user.can(Permission.UPDATE)
    return own or user.can(Permission.DELETE)


def record_if_foreign(action: str, post: Post, editor: User) -> None:
    """Log what an editor does to someone else's article."""
    if post.author_id != editor.id:
        audit.record(actor=editor, action=action, target=f"post {post.id} {post.slug}")


def schedule_refresh(post: Post) -> None:
    """Queue the refresh of readers' pages for the moment a scheduled article appears."""
    due = post.published_at
    is_scheduled = post.is_published and due is not None and due > utc_now()
    if is_scheduled and changed(post, "published_at", "is_published"):
        db.session.add(OutboxMessage(kind=GOES_LIVE_KIND, payload={}, available_at=due))


def refreshed_pages(post: Post, former: Sequence[str] = ()) -> list[str]:
    """Have the pages that show an article, or did before, refreshed after the commit."""
    db.session.flush()  # The address is made from the title.
    pages = list(dict.fromkeys([*public_pages.of_post(post), *former]))
    site.queue_refresh(pages)
    return pages


def commit_retrying(build: Callable[[], Result]) -> Result:
    """Run a change and commit it, from the start again when a unique name was taken meanwhile.

    Raises `Conflict` when the database finds the article changed by someone else.
    """
    attempts = 0
    while True:
        attempts += 1
        try:
            result = build()
            db.session.commit()
            return result
        except IntegrityError:
            db.session.rollback()
            if attempts == ATTEMPTS:
                raise
        except StaleDataError:
            db.session.rollback()
            raise Conflict(changed_meanwhile()) from None
        except TextTooLong as error:
            db.session.rollback()
            raise Invalid({"content": [str(error)]}) from None
        except Exception:
            db.session.rollback()
            raise


def changed_meanwhile() -> str:
    """Return what to say to the second of two editors."""
    return str(_("Someone else has changed this article in the meantime."))
