"""Writes many rows at once: COPY on PostgreSQL, one prepared statement on SQLite."""

import io
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Connection, Executable, Table, text

from app.models.post_search import INSERT, IndexedPost, index_rows

Write = Callable[[Connection], None]
ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}  # The backslash first.


def writing(dialect: str, table: Table, rows: Sequence[dict[str, Any]]) -> Write:
    """Return what writes rows of a table; columns that a row does not name get their default.

    The rows are worded here already, where PostgreSQL need not wait for it.
    """
    fixed = defaults(table)
    rows = [fixed | row for row in rows]
    if rows and dialect == "postgresql":
        json_columns = {column.name for column in table.columns if isinstance(column.type, JSON)}
        return copying(table.name, rows, json_columns)
    return inserting(table.insert(), rows)


def writing_documents(dialect: str, documents: Iterable[IndexedPost]) -> Write:
    """Return what writes the search index's rows of some posts."""
    rows = index_rows(dialect, documents)
    if rows and dialect == "postgresql":
        return copying("post_search", rows, ())
    return inserting(text(INSERT[dialect]), rows)


def inserting(statement: Executable, rows: Sequence[dict[str, Any]]) -> Write:
    """Return what writes rows by a statement."""

    def write(connection: Connection) -> None:
        if rows:
            connection.execute(statement, rows)

    return write


def defaults(table: Table) -> dict[str, Any]:
    """Return the fixed defaults of a table's columns."""
    found = {}
    for column in table.columns:
        default: Any = column.default
        if default is not None and default.is_scalar:
            found[column.name] = default.arg
    return found


def copying(table: str, rows: Sequence[dict[str, Any]], json_columns: Iterable[str]) -> Write:
    """Return what sends rows by COPY in PostgreSQL's text format."""
    for row in rows:
        for name in json_columns:
            row[name] = json.dumps(row[name], ensure_ascii=False)
    columns = list(rows[0])
    lines = "".join(["\t".join([field(row[name]) for name in columns]) + "\n" for row in rows])

    def write(connection: Connection) -> None:
        cursor: Any = connection.connection.cursor()
        statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
        cursor.copy_expert(statement, io.StringIO(lines), size=1 << 17)

    return write


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
        if character in value:
            value = value.replace(character, escape)
    return value
