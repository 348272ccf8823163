"""Runs migrations on the application's own engine, one process at a time."""

import logging
from time import monotonic, sleep

from alembic import context
from alembic.runtime.migration import MigrationContext
from flask import current_app
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from app.extensions import db
from app.migrations import LOCK_TIMEOUT
from app.models.base import UtcDateTime

log = logging.getLogger("alembic")

# Any number; what matters is that every process asks for the same one.
ADVISORY_LOCK = 1_953_655_152
LOCK_TRIES = 30
PAUSE_SECONDS = 1
# A building index takes its time; whoever migrates next waits for it.
OTHERS_SECONDS = 600


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


def options() -> dict[str, object]:
    """Return what Alembic is told, whether it prints or runs."""
    return current_app.extensions["migrate"].configure_args | {
        "target_metadata": db.metadata,
        "include_object": include_object,
        "render_item": render_item,
        "process_revision_directives": drop_empty,
        "render_as_batch": True,
        # What has been done stays done when a later migration fails.
        "transaction_per_migration": True,
    }


def prepare(connection: Connection) -> None:
    """Let one process migrate at a time, and never wait long for a lock that readers need.

    The lock is the session's, since an index that is built concurrently needs transactions of its
    own. It is tried, not waited for: that build waits for every statement that runs, a waiting
    one too.
    """
    deadline = monotonic() + OTHERS_SECONDS
    while not connection.scalar(text(f"SELECT pg_try_advisory_lock({ADVISORY_LOCK})")):
        connection.commit()
        if monotonic() > deadline:
            raise SystemExit(f"Another process has been migrating for {OTHERS_SECONDS} s.")
        sleep(PAUSE_SECONDS)
    connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.execute(text("SET statement_timeout = 0"))
    connection.commit()


def is_upgrade() -> bool:
    """Say whether the newest schema is wanted, which is what `flask db upgrade` wants."""
    try:
        return context.get_revision_argument() == context.script.get_current_head()
    except KeyError:  # A command that asks only.
        return False


def is_of_a_later_release(connection: Connection) -> bool:
    """Say whether the database has a schema that this release does not know."""
    current = MigrationContext.configure(connection).get_current_revision()
    connection.rollback()  # To ask has begun a transaction.
    known = {script.revision for script in context.script.walk_revisions()}
    return current is not None and current not in known


def run_online(connection: Connection) -> None:
    """Run what is missing; try again where a lock could not be had."""
    if connection.dialect.name == "postgresql":
        prepare(connection)
    if is_upgrade() and is_of_a_later_release(connection):
        log.warning("The schema is a later release's: this one runs on it as it is.")
        return
    for tries_left in reversed(range(LOCK_TRIES)):
        try:
            context.configure(connection=connection, **options())
            with context.begin_transaction():
                context.run_migrations()
            return
        except OperationalError as error:
            if getattr(error.orig, "pgcode", None) != "55P03" or not tries_left:
                raise
            connection.rollback()
            log.warning("A table is in use: trying again, %s times at most.", tries_left)
            sleep(PAUSE_SECONDS)


if context.is_offline_mode():
    context.configure(url=db.engine.url, literal_binds=True, **options())
    with context.begin_transaction():
        context.run_migrations()
else:
    with db.engine.connect() as connection:
        try:
            run_online(connection)
        finally:
            if connection.dialect.name == "postgresql":
                connection.invalidate()  # Lock and time-outs end with the session.
