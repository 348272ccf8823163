"""Which schema the database has, and whether this release can run on it.

A release runs on its own schema and on every later one: a revision that it does not know is a
later release's, one that it knows and that is not its newest is still to be migrated.
"""

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import inspect

from app.extensions import db


def current_revision() -> str | None:
    """Return the database's revision, None where nothing was ever migrated.

    Raises SQLAlchemyError when the database does not answer.
    """
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def missing() -> str | None:
    """Return a sentence on what the schema still lacks, None when this release can run on it."""
    scripts = ScriptDirectory(current_app.extensions["migrate"].directory)
    newest = scripts.get_current_head()
    current = current_revision()
    if current is None:
        # Somebody may have made them without a migration, as tests do.
        has_tables = inspect(db.engine).has_table("users")
        return None if has_tables else "The database has no tables yet."
    if current != newest and current in {script.revision for script in scripts.walk_revisions()}:
        return f"The database is at revision {current}; this release needs {newest}."
    return None
