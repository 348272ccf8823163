"""Marks: what every table holds at an exact position of the log, without a lock.

A snapshot shows exactly the commits before a position when the log did not grow while it was
taken and no transaction with an identifier was under way. On a site that writes, such a moment is
found in milliseconds.
"""

from dataclasses import asdict, dataclass
from time import monotonic, sleep
from typing import Any

from ironpress_backup.database import row, rows
from ironpress_backup.programs import BackupError

SEARCH_SECONDS = 60
PAUSE_SECONDS = 0.002

# `age` counts the identifiers given since: 0 says that none beyond the snapshot is in use.
QUIET = """
SELECT pg_current_wal_insert_lsn()::text,
    pg_snapshot_xmin(s) = pg_snapshot_xmax(s) AND age(pg_snapshot_xmax(s)::xid) = 0
FROM pg_current_snapshot() AS s
"""


@dataclass(frozen=True)
class Mark:
    """A position, the tables' row counts and row hashes there, and the schema's version."""

    lsn: str
    sums: dict[str, list[Any]]
    migration: str

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON takes it."""
        return asdict(self)


def take(connection: Any) -> Mark:
    """Find a quiet moment and describe the tables as they are then."""
    deadline = monotonic() + SEARCH_SECONDS
    while monotonic() < deadline:
        (before,) = row(connection, "SELECT pg_current_wal_insert_lsn()::text")
        connection.cursor().execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            after, quiet = row(connection, QUIET)
            if quiet and before == after:
                return Mark(after, sums(connection), migration(connection))
        finally:
            connection.cursor().execute("ROLLBACK")
        sleep(PAUSE_SECONDS)
    raise BackupError(f"No quiet moment was found in {SEARCH_SECONDS} s: too many writes.")


def sums(connection: Any) -> dict[str, list[Any]]:
    """Return for each table the number of its rows and the sum of their hashes."""
    tables = rows(
        connection, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    )
    statement = (
        'SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text FROM "{}" t'
    )
    return {name: list(row(connection, statement.format(name))) for (name,) in tables}


def migration(connection: Any) -> str:
    """Return the version of the schema; empty where there is none yet."""
    (known,) = row(connection, "SELECT to_regclass('public.alembic_version') IS NOT NULL")
    found = rows(connection, "SELECT version_num FROM alembic_version") if known else []
    return ",".join(sorted(version for (version,) in found))


def differences(expected: Mark, found: Mark) -> list[str]:
    """Return the tables that differ, a sentence each."""
    faults = [
        f"{table}: {found.sums.get(table, [0])[0]} rows, expected {rows}"
        + (", same number, other content" if found.sums.get(table, [0])[0] == rows else "")
        for table, (rows, digest) in expected.sums.items()
        if found.sums.get(table) != [rows, digest]
    ]
    if found.migration != expected.migration:
        faults.append(f"schema {found.migration or 'none'}, expected {expected.migration}")
    return faults
