"""Pages of search results, and the index made anew."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, func, select

from app.models import Post, db
from app.models.post_search import BATCH, index_posts
from app.services.reading.lists import Page, for_lists, is_public
from app.services.search.matching import MAX_RESULTS, matching
from app.text.search import Fragment, highlight, parse_query, snippet

# The beginning of a text in which its snippet is looked for.
SNIPPET_SOURCE_CHARS = 50_000


@dataclass(frozen=True)
class SearchHit:
    """A post, and its title and a piece of its text with what matched marked in them."""

    post: Post
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
    found = matching(parsed, dialect_name=db.engine.dialect.name)
    offset = (page - 1) * per_page
    rows: Sequence[Row[Any]] = []
    if offset < MAX_RESULTS:
        limit = min(per_page, MAX_RESULTS - offset)
        rows = db.session.execute(results(found, offset=offset, limit=limit)).all()
    total = rows[0].total if rows else 0
    if page > 1 and not rows:
        count = select(func.count()).select_from(found.subquery())
        total = db.session.scalars(count).one()
    shown = min(total, MAX_RESULTS)
    return SearchPage(
        items=[
            SearchHit(row.Post, highlight(row.Post.title, parsed), snippet(row.text, parsed))
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


def results(matches: Select[Any], *, offset: int, limit: int) -> Select[Any]:
    """Return the query of posts on a page, with the number of all matches in each row."""
    found = matches.subquery()
    page = (
        select(found, func.count().over().label("total"))
        .order_by(found.c.in_title.desc(), found.c.published_at.desc(), found.c.post_id.desc())
        .offset(offset)
        .limit(limit)
        .subquery()
    )
    text = func.substr(Post.content_text, 1, SNIPPET_SOURCE_CHARS).label("text")
    return (
        select(Post, text, page.c.total)
        .join(page, page.c.post_id == Post.id)
        # The index follows every write of a session; a write past it must not show a draft.
        .where(is_public())
        .order_by(page.c.in_title.desc(), page.c.published_at.desc(), page.c.post_id.desc())
        .options(*for_lists())
    )
