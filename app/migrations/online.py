"""Changes of tables that readers and writers use meanwhile: what a migration calls.

Each takes only locks that stop nobody, or holds the others for an instant. Each may be called
again after it has failed half way.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from app.migrations import LOCK_TIMEOUT

BATCH = 5000  # Rows, more or less.


def on_postgresql() -> bool:
    """Say whether the migration runs on (or is printed for) PostgreSQL."""
    return op.get_context().dialect.name == "postgresql"


def create_index(
    name: str, table: str, columns: Sequence[str | sa.TextClause], **options: Any
) -> None:
    """Build an index beside readers and writers; `options` are those of `op.create_index`."""
    if not on_postgresql():
        op.create_index(name, table, columns, if_not_exists=True, **options)
        return
    # One that was left half built is of no use.
    drop_index(name, table)
    with op.get_context().autocommit_block():
        # The build waits for every older transaction, and nobody waits for it.
        op.execute("SET lock_timeout = 0")
        op.create_index(
            name, table, columns, postgresql_concurrently=True, if_not_exists=True, **options
        )
        op.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")


def drop_index(name: str, table: str) -> None:
    """Remove an index, if it is there, beside readers and writers."""
    if not on_postgresql():
        op.drop_index(name, table, if_exists=True)
        return
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        op.drop_index(name, table, postgresql_concurrently=True, if_exists=True)
        op.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")


def fill(table: str, column: str, *, value: str, source: str, on: str, by: str) -> None:
    """Give a column its value from another table where it is NULL, some rows at a time.

    `value`, `on` and `by`, a number that parts the rows into batches, are SQL. No row stays locked
    for longer than its batch takes.
    """
    condition = f"{on} AND {table}.{column} IS NULL"
    if not on_postgresql():
        op.execute(f"UPDATE {table} SET {column} = {value} FROM {source} WHERE {condition}")  # noqa: S608
        return
    with op.get_context().autocommit_block():
        op.execute("SET statement_timeout = 0")
        op.execute(
            f"DO $$ BEGIN FOR since IN 0..(SELECT coalesce(max({by}), 0) FROM {table})"  # noqa: S608
            f" BY {BATCH} LOOP UPDATE {table} SET {column} = {value} FROM {source}"
            f" WHERE {condition} AND {by} >= since AND {by} < since + {BATCH};"
            " COMMIT; END LOOP; END $$"
        )
        op.execute("RESET statement_timeout")


def add_constraint(table: str, name: str, definition: str) -> None:
    """Add a CHECK or FOREIGN KEY: for new rows at once, then check the old ones without a lock.

    `definition` is SQL, such as `CHECK (size > 0)`. PostgreSQL only.
    """
    with op.get_context().autocommit_block():
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition} NOT VALID")
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


def set_not_null(table: str, column: str) -> None:
    """Forbid NULL in a column, after a check that has looked at every row without a lock."""
    if not on_postgresql():
        with op.batch_alter_table(table) as batch:
            batch.alter_column(column, nullable=False)
        return
    check = f"ck_{table}_{column}_not_null"
    add_constraint(table, check, f"CHECK ({column} IS NOT NULL)")
    # PostgreSQL believes the validated check and does not read the table.
    op.alter_column(table, column, nullable=False)
    op.drop_constraint(check, table, type_="check")
