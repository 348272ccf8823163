"""Lists of articles for programs: filtered, sorted, by page number or by cursor."""

from functools import lru_cache
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import joinedload, raiseload, selectinload, undefer
from sqlalchemy.orm.interfaces import ORMOption

from app.extensions import db
from app.models import Post, User
from app.models.base import utc_now
from app.services.criteria import (
    Filters,
    Reader,
    beyond,
    conditions,
    order,
    place_of,
    reader_of,
    sorted_by,
    visible,
)
from app.services.errors import NotFound
from app.services.listed import COLUMNS, ListedPost, fetch_posts, with_columns
from app.services.paging import CursorPage, NumberedPage, make_cursor, read_cursor
from app.services.reading.lists import is_public, number

BODIES = {"content": Post.content, "content_html": Post.content_html}


def list_posts(
    *,
    viewer: User | None,
    filters: Filters,
    sort: str,
    page: int,
    per_page: int,
    bodies: tuple[str, ...] = (),
) -> NumberedPage:
    """Return a page of the articles that a viewer may see, and their number."""
    counted, rows = numbered(filters, sort, reader_of(viewer), bodies)
    skip, now = (page - 1) * per_page, utc_now()
    total: int = db.session.scalar(counted, {"now": now}) or 0
    values = {"now": now, "skip": skip, "take": per_page}
    items = fetch_posts(rows, values, (*COLUMNS, *bodies)) if skip < total else []
    return NumberedPage(items, page, per_page, total)


def list_posts_after(
    *,
    viewer: User | None,
    filters: Filters,
    sort: str,
    cursor: str,
    per_page: int,
    bodies: tuple[str, ...] = (),
) -> CursorPage:
    """Return the articles after a place in the order, at the same cost however deep it is.

    An empty cursor is the beginning. Raises `Invalid` for one that was made for another order.
    """
    rows = after_cursor(filters, sort, reader_of(viewer), bodies, bool(cursor))
    values = {"now": utc_now(), "take": per_page + 1}
    if cursor:
        values["place"], values["post_id"] = read_cursor(cursor, sort)
    posts = fetch_posts(rows, values, (*COLUMNS, *bodies))
    shown = posts[:per_page]
    following = None
    if len(posts) > per_page:
        following = make_cursor(sort, place_of(shown[-1], sort, filters), shown[-1].id)
    return CursorPage(shown, per_page, following)


@lru_cache(maxsize=128)
def numbered(
    filters: Filters, sort: str, reader: Reader, bodies: tuple[str, ...]
) -> tuple[Select[Any], Select[Any]]:
    """Return the statements of a list's length and of a page of it; building them takes long."""
    statement = select(Post).where(*conditions(filters, reader))
    counted = statement.with_only_columns(func.count(), maintain_column_froms=True)
    rows = with_columns(statement.order_by(*order(sort, filters)), (*COLUMNS, *bodies))
    return counted, rows.offset(number("skip")).limit(number("take"))


@lru_cache(maxsize=128)
def after_cursor(
    filters: Filters, sort: str, reader: Reader, bodies: tuple[str, ...], has_cursor: bool
) -> Select[Any]:
    """Return the statement of what comes after a place in an order."""
    column, downwards = sorted_by(sort, filters)
    statement = select(Post).where(*conditions(filters, reader))
    if has_cursor:
        place, post_id = bindparam("place", type_=column.type), number("post_id")
        statement = statement.where(beyond(column, downwards, place, post_id))
    ordered = statement.order_by(*order(sort, filters))
    return with_columns(ordered, (*COLUMNS, *bodies)).limit(number("take"))


def popular_posts(*, limit: int, bodies: tuple[str, ...] = ()) -> list[ListedPost]:
    """Return the public articles with the most views."""
    statement = select(Post).where(is_public()).order_by(Post.view_count.desc(), Post.id.desc())
    names = (*COLUMNS, *bodies)
    return fetch_posts(with_columns(statement.limit(limit), names), {}, names)


def find_post(*, post_id: int, viewer: User | None, bodies: tuple[str, ...]) -> Post:
    """Return an article; raises `NotFound` where there is none, or none for this viewer."""
    post = db.session.scalar(
        select(Post)
        .where(Post.id == post_id, visible(viewer))
        .options(*loading(bodies))
        .execution_options(populate_existing=True)
    )
    if post is None:
        raise NotFound(_("There is no such article."))
    return post


def loading(bodies: tuple[str, ...]) -> tuple[ORMOption, ...]:
    """Return what is loaded with articles: all that is shown of them, in two statements."""
    return (
        joinedload(Post.author).load_only(User.username, User.nickname, User.avatar_url),
        joinedload(Post.category),
        selectinload(Post.tags),
        raiseload(Post.comments),
        *(undefer(BODIES[name]) for name in bodies),
    )
