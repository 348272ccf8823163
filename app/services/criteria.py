"""Which articles a list for programs holds, for whom, and in which order."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select

from app.models import Category, Permission, Post, Tag, User, post_tags
from app.services.listed import ListedPost
from app.services.reading.lists import is_public

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


def place_of(post: ListedPost, sort: str, filters: Filters) -> Any:
    """Return where an article stands in an order: the value of `sorted_by`."""
    name = sort.removeprefix("-")
    place = getattr(post, name)
    if place is None and name == "published_at" and filters.state != "published":
        return post.created_at
    return place
