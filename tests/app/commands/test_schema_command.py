"""A new container waits for the schema that it needs, an old one runs on a newer schema."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import text

from app import create_app, db


@pytest.fixture
def empty_app(tmp_path: Path) -> Iterator[Flask]:
    """Give an application on a database without tables."""
    app = create_app("testing", database_url=f"sqlite:///{tmp_path / 'empty.db'}")
    yield app
    with app.app_context():
        db.engine.dispose()


def wait(app: Flask, seconds: int = 0) -> Result:
    return app.test_cli_runner().invoke(args=["wait-for-schema", "--seconds", str(seconds)])


def test_an_empty_database_is_waited_for_until_the_time_is_over(empty_app: Flask) -> None:
    result = wait(empty_app)
    assert result.exit_code == 1
    assert "no tables yet" in result.output
    assert "flask db upgrade" in result.output


def test_an_earlier_schema_is_named_with_the_one_that_is_needed(empty_app: Flask) -> None:
    with empty_app.app_context():
        upgrade()
        downgrade()
    result = wait(empty_app)
    assert result.exit_code == 1
    assert "this release needs" in result.output


def test_waiting_ends_when_another_process_has_migrated(empty_app: Flask) -> None:
    def migrate() -> None:
        with empty_app.app_context():
            upgrade()

    migration = threading.Timer(0.3, migrate)
    migration.start()
    result = wait(empty_app, seconds=20)
    migration.join()
    assert result.exit_code == 0, result.output
    assert "Waiting." in result.output
    assert "The schema is there." in result.output


def test_a_later_releases_schema_is_no_reason_to_wait(empty_app: Flask) -> None:
    with empty_app.app_context():
        upgrade()
        db.session.execute(text("UPDATE alembic_version SET version_num = 'later'"))
        db.session.commit()
    assert wait(empty_app).exit_code == 0


def test_a_database_that_does_not_answer_is_waited_for() -> None:
    app = create_app("testing", database_url="postgresql://nobody@127.0.0.1:9/none")
    result = wait(app)
    assert result.exit_code == 1
    assert "does not answer" in result.output
