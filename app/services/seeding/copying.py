"""Writes many rows at once: COPY on PostgreSQL, one prepared statement on SQLite."""

import io
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Connection, Table, text

from app.models.post_search import INSERT, IndexedPost, index_rows

ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}  # The backslash first.


def write_rows(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Write rows of a table; columns that a row does not name get their default."""
    rows = [defaults(table) | row for row in rows]
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        json_columns = {column.name for column in table.columns if isinstance(column.type, JSON)}
        copy(connection, table.name, rows, json_columns)
    else:
        connection.execute(table.insert(), rows)


def write_documents(connection: Connection, documents: Iterable[IndexedPost]) -> None:
    """Write the search index's rows of some posts."""
    name = connection.dialect.name
    rows = index_rows(name, documents)
    if rows and name == "postgresql":
        copy(connection, "post_search", rows, ())
    elif rows:
        connection.execute(text(INSERT[name]), rows)


def defaults(table: Table) -> dict[str, Any]:
    """Return the fixed defaults of a table's columns."""
    found = {}
    for column in table.columns:
        default: Any = column.default
        if default is not None and default.is_scalar:
            found[column.name] = default.arg
    return found


def copy(
    connection: Connection,
    table: str,
    rows: Sequence[dict[str, Any]],
    json_columns: Iterable[str],
) -> None:
    """Send rows by COPY in PostgreSQL's text format."""
    for row in rows:
        for name in json_columns:
            row[name] = json.dumps(row[name], ensure_ascii=False)
    columns = list(rows[0])
    lines = ["\t".join([field(row[name]) for name in columns]) for row in rows]
    cursor: Any = connection.connection.cursor()
    cursor.copy_expert(
        f"COPY {table} ({', '.join(columns)}) FROM STDIN",
        io.StringIO("\n".join(lines) + "\n"),
        size=1 << 17,
    )


def field(value: Any) -> str:
    """Return a value as COPY reads it."""
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return escaped(value)
    return value.isoformat() if isinstance(value, datetime) else str(value)


def escaped(value: str) -> str:
    """Return a text on one line, as COPY reads it."""
    for character, escape in ESCAPES.items():
        value = value.replace(character, escape)
    return value
