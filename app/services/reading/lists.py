"""Lists of articles, newest first, and what they can be narrowed to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, union_all
from sqlalchemy.orm import joinedload, raiseload

from app.models import Category, Post, Tag, User, db, post_tags
from app.models.base import utc_now
from app.services.errors import NotFound
from app.services.reading.archive import month_bounds

# Deeper pages cost the database a walk over all rows before them; the archive leads further.
MAX_PAGE = 1000
PAGES_AROUND = 2
MAX_TOPICS = 60


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


def is_public() -> ColumnElement[bool]:
    """Return the condition that anonymous readers may see a post now."""
    return Post.is_published & (Post.published_at <= utc_now())


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
    conditions = [is_public()]
    if category:
        conditions.append(Post.category_id == category.id)
    if author:
        conditions.append(Post.author_id == author.id)
    if month:
        start, end = month_bounds(month)
        conditions += [Post.published_at >= start, Post.published_at < end]
    for tag in tags:
        carrying = select(post_tags.c.post_id).where(post_tags.c.tag_id == tag.id)
        conditions.append(Post.id.in_(carrying))
    ids = newest_first(select(Post.id).where(*conditions))
    further = ids.offset(page * per_page).limit((PAGES_AROUND + 1) * per_page).subquery()
    rows = db.session.execute(
        newest_first(select(Post, select(func.count()).select_from(further).scalar_subquery()))
        .where(*conditions)
        .offset((page - 1) * per_page)
        .limit(per_page)
        .options(*for_lists())
    ).all()
    if not rows and page > 1:
        raise NotFound
    ahead = -(-rows[0][1] // per_page) if rows else 0
    pages_ahead = min(ahead, MAX_PAGE - page)
    return Page([row[0] for row in rows], page, per_page, pages_ahead)


def for_lists() -> tuple[Any, ...]:
    """Return the loading options of a list: author and category joined, tags not at all."""
    return (
        joinedload(Post.author).load_only(User.username, User.nickname, User.avatar_url),
        joinedload(Post.category),
        raiseload(Post.tags),
    )


def find_category(*, slug: str) -> Category:
    """Return a category; raises `NotFound`."""
    category = db.session.scalar(select(Category).where(Category.slug == slug))
    if category is None:
        raise NotFound
    return category


def find_author(*, username: str) -> User:
    """Return an active user; raises `NotFound`."""
    user = db.session.scalar(select(User).where(User.username == username, User.is_active))
    if user is None:
        raise NotFound
    return user


def find_tags(*, slugs: Sequence[str]) -> list[Tag]:
    """Return the tags in the order asked for; raises `NotFound` when one of them is unknown."""
    found = {tag.slug: tag for tag in db.session.scalars(select(Tag).where(Tag.slug.in_(slugs)))}
    if len(found) < len(slugs):
        raise NotFound
    return [found[slug] for slug in slugs]


def list_topics() -> tuple[list[Any], list[Any]]:
    """Return the categories and the tags (name, slug) that are in use, each by name; bounded."""
    categories = (
        select(literal("category").label("kind"), Category.name, Category.slug)
        .where(select(Post.id).where(Post.category_id == Category.id, is_public()).exists())
        .order_by(Category.name)
        .limit(MAX_TOPICS)
        .subquery()
    )
    tags = (
        select(literal("tag").label("kind"), Tag.name, Tag.slug)
        .where(
            select(Post.id)
            .join(post_tags, post_tags.c.post_id == Post.id)
            .where(post_tags.c.tag_id == Tag.id, is_public())
            .exists()
        )
        .order_by(Tag.name)
        .limit(MAX_TOPICS)
        .subquery()
    )
    rows = db.session.execute(union_all(select(categories), select(tags))).all()
    return (
        [row for row in rows if row.kind == "category"],
        [row for row in rows if row.kind == "tag"],
    )
