"""The search index of published posts, and what keeps it right.

One table named `post_search` that is no part of the metadata, since SQLite's is a virtual one:
PostgreSQL keeps two `tsvector` columns under one GIN index, SQLite an FTS5 table. It follows the
table `posts` through `create_all`, `drop_all` and every flush of a session; whoever writes posts
past the session calls `index_posts`.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, bindparam, event, inspect, select, text
from sqlalchemy.orm import Session
from sqlalchemy.orm.unitofwork import UOWTransaction

from app.models.post import Post
from app.text.search import Document, cut_document, to_fts5_text, to_tsvector

INDEXED = ("title", "content_text", "is_published", "published_at")
# Anything older is found with the posts of this year, which are sorted among themselves.
FIRST_YEAR = 2000
BATCH = 200

# A post's id, its time of publication, its tokens.
IndexedPost = tuple[int, datetime, Document]

_CREATE = {
    "postgresql": [
        "CREATE TABLE post_search ("
        " post_id integer CONSTRAINT pk_post_search PRIMARY KEY"
        " CONSTRAINT fk_post_search_post_id_posts REFERENCES posts (id) ON DELETE CASCADE,"
        " published_at timestamp with time zone NOT NULL,"
        " title tsvector NOT NULL,"
        " document tsvector NOT NULL)",
        # Without a pending list, which every search would have to read from end to end.
        "CREATE INDEX ix_post_search_title_document ON post_search"
        " USING gin (title, document) WITH (fastupdate = off)",
    ],
    # `ascii` takes every character beyond ASCII as part of a token and folds none of them.
    "sqlite": [
        "CREATE VIRTUAL TABLE post_search"
        " USING fts5(title, body, tokenize = 'ascii', columnsize = 0)"
    ],
}
_DROP = {name: ["DROP TABLE IF EXISTS post_search"] for name in _CREATE}
_DELETE = {
    "postgresql": "DELETE FROM post_search WHERE post_id IN :post_ids",
    "sqlite": "DELETE FROM post_search WHERE rowid IN :post_ids",
}
INSERT = {
    "postgresql": "INSERT INTO post_search (post_id, published_at, title, document) VALUES"
    " (:post_id, :published_at, CAST(:title AS tsvector), CAST(:document AS tsvector))",
    "sqlite": "INSERT INTO post_search (rowid, title, body) VALUES (:post_id, :title, :body)",
}


class Period(NamedTuple):
    """A span of publication times; it ends where the one before it in a list starts."""

    name: str
    start: datetime


def create_statements(dialect_name: str) -> list[str]:
    """Return the statements that create the index, for a migration after `posts` exists."""
    return list(_CREATE[dialect_name])


def drop_statements(dialect_name: str) -> list[str]:
    """Return the statements that drop the index, for a migration before `posts` is dropped."""
    return list(_DROP[dialect_name])


def replaceable_index() -> tuple[str, str]:
    """Return the statements that drop and create PostgreSQL's GIN index, the slow part of writing.

    Building it once is many times faster than filling it row by row.
    """
    return "DROP INDEX ix_post_search_title_document", _CREATE["postgresql"][1]


def periods_of(moment: datetime) -> tuple[str, str]:
    """Return the names of the year and the month (UTC) in which a publication time falls."""
    return str(max(moment.year, FIRST_YEAR)), f"{moment.year}-{moment.month:02}"


def periods_until(now: datetime) -> list[Period]:
    """Return periods that cover the past, newest first: months of two years, then years."""
    this_year = now.year
    starts = [
        datetime(year, month, 1, tzinfo=UTC)
        for year in (this_year, this_year - 1)
        for month in range(12, 0, -1)
    ]
    periods = [Period(periods_of(start)[1], start) for start in starts if start <= now]
    for year in range(this_year - 2, FIRST_YEAR - 1, -1):
        periods.append(Period(str(year), datetime(year, 1, 1, tzinfo=UTC)))
    return [*periods[:-1], periods[-1]._replace(start=datetime(1, 1, 1, tzinfo=UTC))]


def index_posts(connection: Connection, post_ids: Iterable[int]) -> None:
    """Bring the index up to date with these rows of `posts`, existing or not."""
    ids = sorted(set(post_ids))
    for start in range(0, len(ids), BATCH):
        _index_batch(connection, ids[start : start + BATCH])


def _index_batch(connection: Connection, ids: Sequence[int]) -> None:
    name = connection.dialect.name
    posts = connection.execute(
        select(Post.id, Post.title, Post.content_text, Post.published_at)
        .where(Post.id.in_(ids), Post.is_published)
        .order_by(Post.id)
        # Else a reindex could overwrite what an editor saves at this moment.
        .with_for_update(key_share=True)
    ).all()
    remove_posts(connection, ids)
    rows = index_rows(
        name,
        (
            (post.id, post.published_at, cut_document(post.title, post.content_text))
            for post in posts
        ),
    )
    if rows:
        connection.execute(text(INSERT[name]), rows)


def index_rows(dialect_name: str, documents: Iterable[IndexedPost]) -> list[dict[str, Any]]:
    """Return the index's rows of published posts, as `INSERT` takes them."""
    make_row = _postgresql_row if dialect_name == "postgresql" else _sqlite_row
    return [make_row(*document) for document in documents]


def remove_posts(connection: Connection, post_ids: Sequence[int]) -> None:
    """Take posts out of the index."""
    statement = text(_DELETE[connection.dialect.name])
    connection.execute(
        statement.bindparams(bindparam("post_ids", expanding=True)), {"post_ids": post_ids}
    )


def _postgresql_row(post_id: int, published_at: datetime, document: Document) -> dict[str, Any]:
    periods = periods_of(published_at)
    return {
        "post_id": post_id,
        "published_at": published_at,
        "title": to_tsvector(document.title, periods=periods),
        "document": to_tsvector(document.title, document.body, periods=periods),
    }


def _sqlite_row(post_id: int, _: datetime, document: Document) -> dict[str, Any]:
    return {
        "post_id": post_id,
        "title": to_fts5_text(document.title),
        "body": to_fts5_text(document.body),
    }


@event.listens_for(Post.__table__, "after_create")
def create_index(_: Table, connection: Connection, **__: object) -> None:
    """Create the index where the table of posts was created."""
    for statement in create_statements(connection.dialect.name):
        connection.execute(text(statement))


@event.listens_for(Post.__table__, "before_drop")
def drop_index(_: Table, connection: Connection, **__: object) -> None:
    """Drop the index before the table of posts is dropped."""
    for statement in drop_statements(connection.dialect.name):
        connection.execute(text(statement))


@event.listens_for(Session, "after_flush")
def follow_flush(session: Session, _: UOWTransaction) -> None:
    """Index the posts that a flush has written, in one batch."""
    written = [row for row in session.new if isinstance(row, Post)]
    written += [row for row in session.dirty if isinstance(row, Post) and is_outdated(row)]
    deleted = [row.id for row in session.deleted if isinstance(row, Post)]
    if written:
        index_posts(session.connection(), [row.id for row in written])
    if deleted:
        remove_posts(session.connection(), deleted)


def is_outdated(post: Post) -> bool:
    """Say whether a flush changes what the index holds of a post."""
    attributes = inspect(post).attrs
    return any(attributes[name].history.has_changes() for name in INDEXED)
