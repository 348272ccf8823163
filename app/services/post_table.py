"""The public articles as a table, row by row, however many there are.

Rows are fetched in batches by id, each in a short transaction of its own: memory stays flat, and
a slow reader holds neither a connection nor a snapshot of the database.
"""

from collections.abc import Iterator
from typing import Any

from flask import Flask
from sqlalchemy import Row, func, select

from app.extensions import db
from app.models import Category, Post, Tag, User, post_tags
from app.services.reading.lists import is_public
from app.services.spreadsheet import line_of, safe

COLUMNS = (
    *("id", "title", "slug", "summary", "language", "author", "category", "tags"),
    *("published_at", "created_at", "updated_at", "view_count", "word_count"),
)
BATCH = 500


def stream_csv(app: Flask) -> Iterator[str]:
    """Yield the table as CSV (RFC 4180), its header first, a batch of lines at a time."""
    yield line_of(COLUMNS)
    last = 0
    while True:
        # A context for each batch: between two of them whoever reads may go away for good.
        with app.app_context():
            rows = fetch(last)
            tags = tags_of([row.id for row in rows])
        if not rows:
            return
        last = rows[-1].id
        yield "".join(line_of(cells(row, tags.get(row.id, []))) for row in rows)


def fetch(last: int) -> list[Row[Any]]:
    """Return the batch after an id."""
    named = func.coalesce(func.nullif(User.nickname, ""), User.username).label("author")
    statement = (
        select(
            *(Post.id, Post.title, Post.slug, Post.summary, Post.language, named),
            *(Category.name.label("category"), Post.published_at, Post.created_at),
            *(Post.updated_at, Post.view_count, Post.word_count),
        )
        .join(User, User.id == Post.author_id)
        .outerjoin(Category, Category.id == Post.category_id)
        .where(Post.id > last, is_public())
        .order_by(Post.id)
        .limit(BATCH)
    )
    return list(db.session.execute(statement))


def tags_of(post_ids: list[int]) -> dict[int, list[str]]:
    """Return the names of the tags of some articles."""
    statement = (
        select(post_tags.c.post_id, Tag.name)
        .join(Tag, Tag.id == post_tags.c.tag_id)
        .where(post_tags.c.post_id.in_(post_ids))
        .order_by(Tag.name)
    )
    names: dict[int, list[str]] = {}
    for post_id, name in db.session.execute(statement):
        names.setdefault(post_id, []).append(name)
    return names


def cells(row: Row[Any], tags: list[str]) -> list[Any]:
    """Return the cells of an article."""
    values = row._asdict() | {"tags": ", ".join(tags)}
    return [safe(values[name]) for name in COLUMNS]
