"""The queries that find posts, one for each engine, with the same results."""

from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    FromClause,
    Select,
    Text,
    bindparam,
    cast,
    column,
    func,
    literal,
    select,
    table,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY

from app.models import Post
from app.models.base import UtcDateTime, utc_now
from app.models.post_search import periods_until
from app.services.reading.lists import is_public
from app.text.search import Query, to_fts5_query, to_period_tsquery, to_tsquery

# Nobody reads further, and counting all that match would make common words slow.
MAX_RESULTS = 300

POSTGRESQL_INDEX = table(
    "post_search",
    column("post_id", Post.id.type),
    column("published_at", UtcDateTime),
    column("title"),
    column("document"),
)
SQLITE_INDEX = table("post_search", column("rowid", Post.id.type), column("post_search"))


def matching(query: Query, *, dialect_name: str) -> tuple[Select[Any], dict[str, Any]]:
    """Return the statement of the best matches, post_id, in_title and published_at, and its values.

    It ends one after MAX_RESULTS, which says that there are more.
    """
    if dialect_name == "postgresql":
        return postgresql_matches(bool(query.excluded)), postgresql_values(query)
    return sqlite_matches(query), {}


def sqlite_matches(query: Query) -> Select[Any]:
    """Return the query for SQLite, which joins and sorts all matches: a small blog's engine."""
    index = SQLITE_INDEX
    in_title = Post.id.in_(
        select(index.c.rowid).where(
            index.c.post_search.op("MATCH")(to_fts5_query(query.positive, column="title"))
        )
    ).label("in_title")
    return (
        select(Post.id.label("post_id"), in_title, Post.published_at)
        .join(index, index.c.rowid == Post.id)
        .where(index.c.post_search.op("MATCH")(to_fts5_query(query)), is_public())
        .order_by(in_title.desc(), Post.published_at.desc(), Post.id.desc())
        .limit(MAX_RESULTS + 1)
    )


@cache
def postgresql_matches(excludes: bool) -> Select[Any]:
    """Return the statement for PostgreSQL, whose cost does not grow with the number of matches.

    A GIN index knows no order, so all posts with a common word would be read to find the newest.
    Instead the index is asked for one period after the other, titles first, and PostgreSQL stops
    as soon as it has enough: both loops and the union are carried out row by row. The statement is
    built once for queries that leave words out and once for others, which takes a while.
    """
    index = POSTGRESQL_INDEX
    whole, positive = tsquery("whole"), tsquery("positive")
    periods = past_periods()
    in_period = positive.op("&&")(periods.c.lexeme)
    title_matches = [index.c.title.op("@@")(in_period)]
    if excludes:
        title_matches.append(index.c.document.op("@@")(whole))
    document_matches = [
        index.c.document.op("@@")(whole.op("&&")(periods.c.lexeme)),
        ~index.c.title.op("@@", is_comparison=True)(positive),
    ]
    tiers = union_all(
        select(newest_by_period(periods, True, *title_matches).subquery()),
        select(newest_by_period(periods, False, *document_matches).subquery()),
    ).subquery()
    return select(tiers).limit(MAX_RESULTS + 1)


def postgresql_values(query: Query) -> dict[str, Any]:
    """Return what the statement is given: the query, and the periods until now, newest first."""
    now = utc_now()
    periods = periods_until(now)
    starts = [period.start for period in periods]
    return {
        "whole": to_tsquery(query),
        "positive": to_tsquery(query.positive),
        "lexemes": [to_period_tsquery(period.name) for period in periods],
        "starts": starts,
        "ends": [now, *starts[:-1]],
    }


def newest_by_period(
    periods: FromClause, in_title: bool, *conditions: ColumnElement[Any]
) -> Select[Any]:
    """Return the query of the newest posts that meet conditions, looked for period by period."""
    index = POSTGRESQL_INDEX
    newest = (
        select(index.c.post_id, index.c.published_at)
        .where(
            *conditions,
            index.c.published_at >= periods.c.starts,
            index.c.published_at < periods.c.ends,
        )
        .order_by(index.c.published_at.desc(), index.c.post_id.desc())
        .limit(MAX_RESULTS + 1)
        .lateral()
    )
    return (
        select(newest.c.post_id, literal(in_title).label("in_title"), newest.c.published_at)
        .select_from(periods.join(newest, true()))
        .limit(MAX_RESULTS + 1)
    )


def past_periods() -> FromClause:
    """Return the rows of periods: lexeme, starts, ends."""
    times = ARRAY(DateTime(timezone=True))
    rows = func.unnest(
        bindparam("lexemes", type_=ARRAY(TSQUERY)),
        bindparam("starts", type_=times),
        bindparam("ends", type_=times),
    ).table_valued("lexeme", "starts", "ends", name="period")
    return rows.render_derived()


def tsquery(name: str) -> ColumnElement[Any]:
    """Return the place of a text that `to_tsquery` made."""
    return cast(bindparam(name, type_=Text), TSQUERY)
