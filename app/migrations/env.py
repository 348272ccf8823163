"""Runs migrations on the application's own engine, one process at a time."""

from alembic import context
from flask import current_app
from sqlalchemy import Connection, text

from app.extensions import db
from app.models.base import UtcDateTime

# Any number; what matters is that every process asks for the same one.
ADVISORY_LOCK = 1_953_655_152
LOCK_TIMEOUT = "5s"


def include_object(_object, name, type_, _reflected, _compare_to):
    """Leave out the search index, which is created by its own statements."""
    return not (type_ == "table" and name.startswith("post_search"))


def render_item(type_, item, _autogen_context):
    """Write times as the plain type they are stored in, so that migrations import nothing."""
    return "sa.DateTime(timezone=True)" if isinstance(item, UtcDateTime) else False


def drop_empty(_context, _revision, directives):
    """Write no migration where nothing has changed."""
    if directives and directives[0].upgrade_ops.is_empty():
        directives[:] = []


def prepare(connection: Connection) -> None:
    """Let one process migrate at a time, and never wait long for a lock that readers need."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"))
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text("SET LOCAL statement_timeout = 0"))


def run() -> None:
    """Run the migrations asked for, in one transaction."""
    options = current_app.extensions["migrate"].configure_args | {
        "target_metadata": db.metadata,
        "include_object": include_object,
        "render_item": render_item,
        "process_revision_directives": drop_empty,
        "render_as_batch": True,
    }
    if context.is_offline_mode():
        context.configure(url=db.engine.url, literal_binds=True, **options)
        with context.begin_transaction():
            context.run_migrations()
        return
    with db.engine.connect() as connection:
        context.configure(connection=connection, **options)
        with context.begin_transaction():
            prepare(connection)
            context.run_migrations()


run()
