"""Migrations run once, in one process at a time, and stop neither readers nor writers."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, text

from app.migrations import online
from app.settings import ROOT

UPGRADE = [sys.executable, "-m", "flask", "--app", "app", "db", "upgrade"]


@pytest.fixture
def postgresql(postgresql_url: str) -> Iterator[Engine]:
    """Give an empty PostgreSQL database of its own."""
    server = postgresql_url.replace("://", "+psycopg2://", 1)
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS online WITH (FORCE)"))
        connection.execute(text("CREATE DATABASE online"))
    engine = create_engine(server.replace("/postgres?", "/online?"))
    yield engine
    engine.dispose()
    admin.dispose()


def migrate(engine: Engine, folder: Path) -> subprocess.Popen[str]:
    """Start a process that migrates, as the bundle's job does."""
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return subprocess.Popen(
        UPGRADE, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={"APP_ENV": "default", "DATABASE_URL": url, "DATA_DIR": str(folder)},
    )  # fmt: skip


def change(connection: Connection, step: str, *arguments: Any, **options: Any) -> None:
    """Run one step of `online` as a migration would."""
    connection.commit()
    context = MigrationContext.configure(connection)
    with context.begin_transaction(), Operations.context(context):
        getattr(online, step)(*arguments, **options)


def test_two_processes_that_start_together_migrate_once(postgresql: Engine, tmp_path: Path) -> None:
    processes = [migrate(postgresql, tmp_path) for _ in range(2)]
    printed = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], printed
    assert sum(output.count("Running upgrade  -> 0001") for output in printed) == 1


def test_a_migration_waits_for_a_table_in_use_and_lets_others_pass(
    postgresql: Engine, tmp_path: Path
) -> None:
    with postgresql.connect() as other, migrate(postgresql, tmp_path) as process:
        # The name of the first table that is made is taken until this transaction ends.
        other.execute(text("CREATE TABLE categories (id integer)"))
        assert process.stdout
        assert any("trying again" in line for line in process.stdout)
        other.rollback()
        process.stdout.read()
    assert process.returncode == 0


def test_an_index_that_was_left_half_built_is_built_anew(postgresql: Engine) -> None:
    with postgresql.begin() as setup:
        setup.execute(text("CREATE TABLE notes (id integer, size integer)"))
        # What an interrupted build leaves behind.
        setup.execute(text("CREATE INDEX ix_notes_size ON notes (size)"))
        setup.execute(
            text("UPDATE pg_index SET indisvalid = false WHERE indrelid = 'notes'::regclass")
        )
    with postgresql.connect() as connection:
        change(connection, "create_index", "ix_notes_size", "notes", ["size"], unique=True)
        found = connection.execute(
            text("SELECT indisvalid, indisunique FROM pg_index WHERE indrelid = 'notes'::regclass")
        )
        assert found.all() == [(True, True)]
        change(connection, "drop_index", "ix_notes_size", "notes")
        change(connection, "drop_index", "ix_notes_size", "notes")
        assert not connection.scalar(text("SELECT to_regclass('ix_notes_size')"))


def test_null_is_forbidden_after_a_look_at_every_row(postgresql: Engine) -> None:
    with postgresql.begin() as setup:
        setup.execute(text("CREATE TABLE notes (id integer, size integer)"))
        setup.execute(text("INSERT INTO notes VALUES (1, NULL)"))
    with postgresql.connect() as connection:
        with pytest.raises(Exception, match="violated by some row"):
            change(connection, "set_not_null", "notes", "size")
        connection.rollback()
        connection.execute(text("UPDATE notes SET size = 1"))
        connection.commit()
        change(connection, "set_not_null", "notes", "size")
        nullable = connection.scalars(
            text(
                "SELECT is_nullable FROM information_schema.columns"
                " WHERE table_name = 'notes' AND column_name = 'size'"
            )
        ).all()
        assert nullable == ["NO"]
        constraints = text(
            "SELECT count(*) FROM pg_constraint WHERE conname LIKE '%_not_null' AND contype = 'c'"
        )
        assert connection.scalar(constraints) == 0


def test_the_same_steps_run_on_sqlite() -> None:
    with create_engine("sqlite://").connect() as connection:
        connection.execute(text("CREATE TABLE notes (id integer, size integer)"))
        change(connection, "create_index", "ix_notes_size", "notes", ["size"])
        change(connection, "drop_index", "ix_notes_size", "notes")
        change(connection, "set_not_null", "notes", "size")
        with pytest.raises(Exception, match="NOT NULL"):
            connection.execute(text("INSERT INTO notes VALUES (1, NULL)"))
