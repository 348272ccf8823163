"""Pages of search results, and the index made anew."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, select

from app.models import Post, db
from app.models.base import utc_now
from app.models.post_search import BATCH, index_posts
from app.services.listed import PAGE_COLUMNS, ListedPost, listed_post, with_columns
from app.services.reading.lists import Page, is_public, number
from app.services.search.matching import MAX_RESULTS, matching
from app.text.search import Fragment, highlight, parse_query, snippet

# The beginning of a text in which its snippet is looked for.
SNIPPET_SOURCE_CHARS = 50_000


@dataclass(frozen=True)
class SearchHit:
    """A post, and its title and a piece of its text with what matched marked in them."""

    post: ListedPost
    title: list[Fragment]
    snippet: list[Fragment]


@dataclass(frozen=True)
class SearchPage(Page):
    """One page of results; with `is_capped` there are more than `total`, which are not shown."""

    total: int = 0
    is_capped: bool = False

    @property
    def pages(self) -> int:
        """The number of pages."""
        return -(-self.total // self.per_page)


def search_posts(*, query: str, page: int, per_page: int) -> SearchPage:
    """Return a page of the public posts that match what a visitor typed, in one statement.

    Posts whose title alone matches come first, among them and after them the newest. A page
    that does not exist is empty (and costs a second statement, for the total).
    """
    parsed = parse_query(query)
    if parsed.is_empty:
        return SearchPage([], page, per_page)
    found, values = matching(parsed, dialect_name=db.engine.dialect.name)
    offset = (page - 1) * per_page
    rows: Sequence[Row[Any]] = []
    if offset < MAX_RESULTS:
        place = {"skip": offset, "take": min(per_page, MAX_RESULTS - offset), "now": utc_now()}
        rows = db.session.execute(results(found), values | place).all()
    total = rows[0].total if rows else 0
    if page > 1 and not rows:
        count = select(func.count()).select_from(found.subquery())
        total = db.session.scalars(count, values).one()
    shown = min(total, MAX_RESULTS)
    return SearchPage(
        items=[
            SearchHit(
                listed_post(row, PAGE_COLUMNS),
                highlight(row.title, parsed),
                snippet(row.text, parsed),
            )
            for row in rows
        ],
        page=page,
        per_page=per_page,
        pages_ahead=max(-(-shown // per_page) - page, 0),
        total=shown,
        is_capped=total > MAX_RESULTS,
    )


def reindex(*, progress: Callable[[int, int], None] = lambda done, total: None) -> int:
    """Index every post anew, in batches that commit; return how many there are.

    Readers may search meanwhile. `progress` is told how many posts are done, and of how many.
    """
    total = db.session.scalar(select(func.count()).select_from(Post)) or 0
    done = last = 0
    while ids := db.session.scalars(
        select(Post.id).where(Post.id > last).order_by(Post.id).limit(BATCH)
    ).all():
        index_posts(db.session.connection(), ids)
        db.session.commit()
        last, done = ids[-1], done + len(ids)
        progress(done, total)
    return done


@lru_cache(maxsize=2)
def results(matches: Select[Any]) -> Select[Any]:
    """Return the statement of posts on a page, with the number of all matches in each row."""
    found = matches.subquery()
    page = (
        select(found, func.count().over().label("total"))
        .order_by(found.c.in_title.desc(), found.c.published_at.desc(), found.c.post_id.desc())
        .offset(number("skip"))
        .limit(number("take"))
        .subquery()
    )
    text = func.substr(Post.content_text, 1, SNIPPET_SOURCE_CHARS).label("text")
    return (
        with_columns(select(Post), PAGE_COLUMNS, text, page.c.total)
        .join(page, page.c.post_id == Post.id)
        # The index follows every write of a session; a write past it must not show a draft.
        .where(is_public(bindparam("now", type_=Post.published_at.type)))
        .order_by(page.c.in_title.desc(), page.c.published_at.desc(), page.c.post_id.desc())
    )
