"""Which schema the database has, and whether this release can run on it.

A release runs on its own schema and on every later one: a revision that it does not know is a
later release's, one that it knows and that is not its newest is still to be migrated.
"""

import re
from functools import cache
from pathlib import Path

from flask import current_app
from sqlalchemy import inspect, text

from app.extensions import db

# Read from the files: Alembic takes a tenth of a second to import, and few processes migrate.
NAMED = re.compile(r'^(revision|down_revision) = "(\w+)"$', re.MULTILINE)


@cache
def revisions() -> tuple[str, ...]:
    """Return this release's revisions, the newest last."""
    follows: dict[str | None, str] = {}
    for file in (Path(current_app.root_path) / "migrations" / "versions").glob("*.py"):
        names = dict(NAMED.findall(file.read_text("utf-8")))
        follows[names.get("down_revision")] = names["revision"]
    found: list[str] = []
    while (after := follows.get(found[-1] if found else None)) is not None:
        found.append(after)
    return tuple(found)


def current_revision() -> str | None:
    """Return the database's revision, None where nothing was ever migrated.

    Raises SQLAlchemyError when the database does not answer.
    """
    with db.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return revision


def missing() -> str | None:
    """Return a sentence on what the schema still lacks, None when this release can run on it."""
    known, current = revisions(), current_revision()
    if current is None:
        # Somebody may have made them without a migration, as tests do.
        has_tables = inspect(db.engine).has_table("users")
        return None if has_tables else "The database has no tables yet."
    if current in known[:-1]:
        return f"The database is at revision {current}; this release needs {known[-1]}."
    return None
