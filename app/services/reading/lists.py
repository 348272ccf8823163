"""Lists of articles, newest first, and what they can be narrowed to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    bindparam,
    func,
    select,
)

from app.models import Category, Post, Tag, User, db, post_tags
from app.models.base import utc_now
from app.services.errors import NotFound
from app.services.listed import PAGE_COLUMNS, listed_post, with_columns
from app.services.reading.archive import month_bounds

# Deeper pages cost the database a walk over all rows before them; the archive leads further.
MAX_PAGE = 1000
PAGES_AROUND = 2

NOW = bindparam("now", type_=Post.published_at.type)


@dataclass(frozen=True)
class Page:
    """One page of a list; knows a few pages ahead and not the total, which costs a full count.

    Offers what Flask-SQLAlchemy's `Pagination` offers, so that one macro draws both.
    """

    items: list[Any]
    page: int
    per_page: int
    pages_ahead: int = 0

    @property
    def has_prev(self) -> bool:
        """Whether a newer page exists."""
        return self.page > 1

    @property
    def has_next(self) -> bool:
        """Whether an older page exists."""
        return self.pages_ahead > 0

    @property
    def prev_num(self) -> int | None:
        """The number of the newer page."""
        return self.page - 1 if self.has_prev else None

    @property
    def next_num(self) -> int | None:
        """The number of the older page."""
        return self.page + 1 if self.has_next else None

    def iter_pages(self) -> Iterator[int | None]:
        """Yield the page numbers to offer; None where some are left out."""
        first = max(1, self.page - PAGES_AROUND)
        if first > 1:
            yield 1
        if first > 2:
            yield None
        yield from range(first, self.page + min(self.pages_ahead, PAGES_AROUND) + 1)
        if self.pages_ahead > PAGES_AROUND:
            yield None


def is_public(now: ColumnElement[datetime] | None = None) -> ColumnElement[bool]:
    """Return the condition that anonymous readers may see a post now, or at a bound time."""
    return Post.is_published & (Post.published_at <= (utc_now() if now is None else now))


def newest_first(statement: Select[Any]) -> Select[Any]:
    """Order posts as the index of published ones is ordered."""
    return statement.order_by(Post.published_at.desc(), Post.id.desc())


def list_articles(
    *,
    page: int,
    per_page: int,
    category: Category | None = None,
    author: User | None = None,
    tags: Sequence[Tag] = (),
    month: date | None = None,
) -> Page:
    """Return a page of public articles, without bodies and tags, in one statement.

    Raises `NotFound` for a page that does not exist; the first one always does.
    """
    if not 1 <= page <= MAX_PAGE:
        raise NotFound
    values: dict[str, Any] = {f"tag_{place}": tag.id for place, tag in enumerate(tags)}
    if category:
        values["category_id"] = category.id
    if author:
        values["author_id"] = author.id
    if month:
        values["starts"], values["ends"] = month_bounds(month)
    values |= {
        "now": utc_now(),
        "skip": (page - 1) * per_page,
        "take": per_page,
        "take_and_look_ahead": (PAGES_AROUND + 2) * per_page,
    }
    rows = db.session.execute(page_of_posts(frozenset(values)), values).all()
    if not rows and page > 1:
        raise NotFound
    ahead = -(-rows[0].found // per_page) - 1 if rows else 0
    pages_ahead = min(ahead, MAX_PAGE - page)
    return Page([listed_post(row, PAGE_COLUMNS) for row in rows], page, per_page, pages_ahead)


@cache
def page_of_posts(names: frozenset[str]) -> Select[Any]:
    """Return the statement of a page and of how many posts follow it within a few pages.

    `names` are those of the values that it will be given. It is built once for each set of them:
    building it takes longer than running it. The posts are looked for once, in an index.
    """
    matching = ids_by_tags(names) if "tag_0" in names else ids(names)
    found = matching.offset(number("skip")).limit(number("take_and_look_ahead")).cte("found")
    count = select(func.count()).select_from(found).scalar_subquery().label("found")
    posts = with_columns(select(Post), PAGE_COLUMNS, count).join(found, found.c.id == Post.id)
    return newest_first(posts).limit(number("take"))


def ids(names: frozenset[str]) -> Select[Any]:
    """Return the statement of the ids of public posts, newest first."""
    narrowed = [condition for name, condition in narrowing().items() if name in names]
    return newest_first(select(Post.id).where(is_public(NOW), *narrowed))


def ids_by_tags(names: frozenset[str]) -> Select[Any]:
    """Return the statement of the ids of public posts that carry tags, newest first.

    The first tag's posts stand in their order in an index; the others are looked up for each.
    """
    first = post_tags.c
    statement = select(first.post_id.label("id")).where(
        first.tag_id == number("tag_0"), first.published_at <= NOW
    )
    for name in sorted(name for name in names if name.startswith("tag_") and name != "tag_0"):
        other = post_tags.alias()
        carrying = select(other.c.post_id).where(other.c.tag_id == number(name))
        statement = statement.where(first.post_id.in_(carrying))
    narrowed = [condition for name, condition in narrowing().items() if name in names]
    if narrowed:
        statement = statement.join(Post, Post.id == first.post_id).where(*narrowed)
    return statement.order_by(first.published_at.desc(), first.post_id.desc())


def narrowing() -> dict[str, ColumnElement[bool]]:
    """Return the conditions that a list can be narrowed by, by the name of their value."""
    time = Post.published_at.type
    return {
        "category_id": Post.category_id == number("category_id"),
        "author_id": Post.author_id == number("author_id"),
        "starts": Post.published_at >= bindparam("starts", type_=time),
        "ends": Post.published_at < bindparam("ends", type_=time),
    }


def number(name: str) -> BindParameter[int]:
    """Return the place of a number that is given when a statement runs."""
    return bindparam(name, type_=Integer)
