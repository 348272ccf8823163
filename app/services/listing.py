"""Lists of articles for programs: filtered, sorted, by page number or by cursor."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from flask import current_app
from flask_babel import gettext as _
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import joinedload, raiseload, selectinload, undefer
from sqlalchemy.orm.interfaces import ORMOption

from app.extensions import db
from app.models import Category, Permission, Post, Tag, User, post_tags
from app.models.base import utc_now
from app.services.errors import Invalid, NotFound
from app.services.listed import ListedPost, fetch_posts, with_columns
from app.services.reading.lists import is_public, number

STATES = ("published", "draft", "scheduled", "all")
COLUMNS: dict[str, Any] = {
    # An article that was never published has no such time: it is sorted by when it was begun.
    "published_at": Post.published_at,
    "created_at": Post.created_at,
    "updated_at": Post.updated_at,
    "title": Post.title,
    "view_count": Post.view_count,
    "id": Post.id,
}
SORTS = tuple(sign + name for name in COLUMNS for sign in ("-", ""))
BODIES = {"content": Post.content, "content_html": Post.content_html}
MAX_TAGS = 5


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to; slugs and ids that nothing has lead to an empty list."""

    state: str = "published"
    author: int | None = None
    category: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    published_after: datetime | None = None
    published_before: datetime | None = None


class Reader(NamedTuple):
    """Who looks at a list, as far as the list depends on it."""

    id: int | None
    sees_all: bool


@dataclass(frozen=True)
class NumberedPage:
    """A page by its number, and how many items there are in all."""

    items: list[Any]
    page: int
    per_page: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return -(-self.total // self.per_page)

    @property
    def has_next(self) -> bool:
        """Whether a page follows."""
        return self.page < self.pages

    @property
    def has_prev(self) -> bool:
        """Whether a page precedes."""
        return self.page > 1


@dataclass(frozen=True)
class CursorPage:
    """A page by its place in the order, and the cursor of the next one."""

    items: list[Any]
    per_page: int
    next_cursor: str | None

    @property
    def has_next(self) -> bool:
        """Whether a page follows."""
        return self.next_cursor is not None


def number_page(
    statement: Select[Any], *, options: tuple[ORMOption, ...] = (), page: int, per_page: int
) -> NumberedPage:
    """Return a page of what a statement selects, in two statements; one past the end is empty."""
    counted = statement.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)
    total = db.session.scalar(counted) or 0
    rows = statement.options(*options).limit(per_page).offset((page - 1) * per_page)
    items = list(db.session.scalars(rows)) if (page - 1) * per_page < total else []
    return NumberedPage(items, page, per_page, total)


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
    items = fetch_posts(rows, values, bodies) if skip < total else []
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
    posts = fetch_posts(rows, values, bodies)
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
    rows = with_columns(statement.order_by(*order(sort, filters)), bodies)
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
    return with_columns(ordered, bodies).limit(number("take"))


def place_of(post: ListedPost, sort: str, filters: Filters) -> Any:
    """Return where an article stands in an order: the value of `sorted_by`."""
    name = sort.removeprefix("-")
    place = getattr(post, name)
    if place is None and name == "published_at" and filters.state != "published":
        return post.created_at
    return place


def popular_posts(*, limit: int, bodies: tuple[str, ...] = ()) -> list[ListedPost]:
    """Return the public articles with the most views."""
    statement = select(Post).where(is_public()).order_by(Post.view_count.desc(), Post.id.desc())
    return fetch_posts(with_columns(statement.limit(limit), bodies), {}, bodies)


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


def reader_of(viewer: User | None) -> Reader:
    """Return what a list depends on of a viewer."""
    return Reader(viewer.id, viewer.can(Permission.DELETE)) if viewer else Reader(None, False)


def visible(viewer: User | None) -> ColumnElement[bool]:
    """Return the condition that a viewer may see an article: `may_read` in SQL."""
    return visible_to(reader_of(viewer))


def visible_to(reader: Reader, now: Any = None) -> ColumnElement[bool]:
    """Return the same for a reader, at a bound time."""
    if reader.sees_all:
        return Post.id.is_not(None)
    if reader.id is None:
        return is_public(now)
    return or_(is_public(now), Post.author_id == reader.id)


def conditions(filters: Filters, reader: Reader) -> list[ColumnElement[bool]]:
    """Return what an article must fulfil to be listed, at the time bound to `now`."""
    now = bindparam("now", type_=Post.published_at.type)
    seen = visible_to(reader, now)
    states = {
        "published": is_public(now),
        "draft": and_(seen, ~Post.is_published),
        "scheduled": and_(seen, Post.is_published, Post.published_at > now),
        "all": seen,
    }
    wanted = [states[filters.state]]
    if filters.author is not None:
        wanted.append(Post.author_id == filters.author)
    if filters.category is not None:
        category = select(Category.id).where(Category.slug == filters.category).scalar_subquery()
        wanted.append(Post.category_id == category)
    for slug in filters.tags:
        carrying = select(post_tags.c.post_id).join(Tag, Tag.id == post_tags.c.tag_id)
        wanted.append(Post.id.in_(carrying.where(Tag.slug == slug)))
    if filters.language is not None:
        wanted.append(Post.language == filters.language)
    if filters.published_after is not None:
        wanted.append(Post.published_at >= filters.published_after)
    if filters.published_before is not None:
        wanted.append(Post.published_at < filters.published_before)
    return wanted


def sorted_by(sort: str, filters: Filters) -> tuple[ColumnElement[Any], bool]:
    """Return the column of an order, and whether it goes downwards."""
    name = sort.removeprefix("-")
    column = COLUMNS[name]
    if name == "published_at" and filters.state != "published":
        column = func.coalesce(Post.published_at, Post.created_at, type_=Post.created_at.type)
    return column, sort.startswith("-")


def order(sort: str, filters: Filters) -> list[ColumnElement[Any]]:
    """Return an order without ties."""
    column, downwards = sorted_by(sort, filters)
    return [column.desc(), Post.id.desc()] if downwards else [column.asc(), Post.id.asc()]


def beyond(
    column: ColumnElement[Any], downwards: bool, place: Any, post_id: Any
) -> ColumnElement[bool]:
    """Return the condition that an article comes after a place in the order."""
    if downwards:
        return and_(column <= place, or_(column < place, Post.id < post_id))
    return and_(column >= place, or_(column > place, Post.id > post_id))


def loading(bodies: tuple[str, ...]) -> tuple[ORMOption, ...]:
    """Return what is loaded with articles: all that is shown of them, in two statements."""
    return (
        joinedload(Post.author).load_only(User.username, User.nickname, User.avatar_url),
        joinedload(Post.category),
        selectinload(Post.tags),
        raiseload(Post.comments),
        *(undefer(BODIES[name]) for name in bodies),
    )


def cursors() -> URLSafeSerializer:
    """Return what signs cursors, so that a changed one is refused instead of guessed at."""
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="api-cursor")


def make_cursor(sort: str, place: Any, post_id: int) -> str:
    """Return the cursor of a place in an order."""
    value = place.isoformat() if isinstance(place, datetime) else place
    return str(cursors().dumps([sort, value, post_id]))


def read_cursor(cursor: str, sort: str) -> tuple[Any, int]:
    """Return the place of a cursor; raises `Invalid`."""
    try:
        made_for, place, post_id = cursors().loads(cursor)
    except BadData:
        raise Invalid({"cursor": [_("This is no cursor of this list.")]}) from None
    if made_for != sort:
        raise Invalid({"cursor": [_("This cursor belongs to another order.")]})
    return (datetime.fromisoformat(place) if sort.endswith("_at") else place), post_id
