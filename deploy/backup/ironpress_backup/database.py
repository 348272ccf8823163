"""Connections to PostgreSQL."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2

from ironpress_backup.programs import BackupError
from ironpress_backup.settings import Settings

PASSFILE = Path("/tmp/pgpass")  # noqa: S108
CONNECT_SECONDS = 5


def use_password(settings: Settings) -> None:
    """Tell every program started here the password, in a file that only this user can read."""
    try:
        password = settings.password_file.read_text(encoding="ascii").strip()
    except OSError as error:
        raise BackupError(f"The secret {settings.password_file.name}: {error.strerror}.") from None
    descriptor = os.open(PASSFILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"*:*:*:*:{password}\n")
    os.environ["PGPASSFILE"] = str(PASSFILE)


@contextmanager
def connected(**options: Any) -> Iterator[Any]:
    """Give a connection that commits each statement."""
    options = {"connect_timeout": CONNECT_SECONDS, "application_name": "backup"} | options
    with closing(psycopg2.connect("", **options)) as connection:
        connection.autocommit = True
        yield connection


def rows(connection: Any, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """Return what a statement finds."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def row(connection: Any, statement: str, *values: Any) -> tuple[Any, ...]:
    """Return the first row that a statement finds."""
    return rows(connection, statement, *values)[0]
