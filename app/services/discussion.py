"""Comments as programs see them: in flat lists, the oldest first."""

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models import Comment, Permission, Post, User
from app.services.criteria import visible
from app.services.errors import NotFound
from app.services.paging import NumberedPage, number_page

OPTIONS = (joinedload(Comment.author).load_only(User.username, User.nickname, User.avatar_url),)


def list_comments(*, post_id: int, viewer: User | None, page: int, per_page: int) -> NumberedPage:
    """Return a page of an article's comments that a viewer may see."""
    statement = select(Comment).where(Comment.post_id == post_id, is_shown(viewer))
    return number_page(oldest_first(statement), options=OPTIONS, page=page, per_page=per_page)


def list_waiting(*, page: int, per_page: int) -> NumberedPage:
    """Return a page of the comments that wait for approval."""
    statement = select(Comment).where(~Comment.is_approved, Comment.deleted_at.is_(None))
    return number_page(oldest_first(statement), options=OPTIONS, page=page, per_page=per_page)


def find_comment(*, comment_id: int, viewer: User | None) -> Comment:
    """Return a comment of an article, both of which the viewer may see; raises `NotFound`."""
    comment = db.session.scalar(
        select(Comment)
        .join(Post, Post.id == Comment.post_id)
        .where(Comment.id == comment_id, is_shown(viewer), visible(viewer))
        .options(*OPTIONS)
    )
    if comment is None:
        raise NotFound(_("There is no such comment."))
    return comment


def is_shown(viewer: User | None) -> ColumnElement[bool]:
    """Return the condition that a viewer sees a comment; its writer and editors see it wait."""
    present = Comment.deleted_at.is_(None)
    if viewer is None:
        return and_(present, Comment.is_approved)
    if viewer.can(Permission.DELETE):
        return present
    return and_(present, or_(Comment.is_approved, Comment.author_id == viewer.id))


def oldest_first(statement: Select[tuple[Comment]]) -> Select[tuple[Comment]]:
    """Order comments as they were written."""
    return statement.order_by(Comment.created_at, Comment.id)
