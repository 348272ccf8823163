"""The probes say what an orchestrator needs to know."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.extensions import db
from app.ops import health


def break_database(monkeypatch: pytest.MonkeyPatch, app: Flask) -> None:
    """Let every new connection fail, as when the server is gone."""

    def refuse(*_: object, **__: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("connection refused"))

    monkeypatch.setattr(db.engine.__class__, "connect", refuse)


def test_live_answers_even_without_a_database(
    client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_database(monkeypatch, app)
    assert client.get("/healthz/live").json == {"status": "ok"}


def test_a_process_is_starting_until_its_database_has_answered_once(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app()
    client = app.test_client()
    with app.app_context(), monkeypatch.context() as patch:
        break_database(patch, app)
        assert client.get("/healthz/startup").status_code == 503
        assert client.get("/healthz/ready").status_code == 503
    assert client.get("/healthz/startup").status_code == 200
    assert client.get("/healthz/ready").status_code == 200


def test_a_release_is_not_ready_before_its_tables_are_there(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app()
    client = app.test_client()
    with app.app_context():
        with db.engine.connect() as connection:
            connection.execute(text("CREATE TABLE alembic_version (version_num TEXT)"))
            connection.execute(text("INSERT INTO alembic_version VALUES ('0001')"))
            connection.commit()
        assert client.get("/healthz/startup").status_code == 503
        assert client.get("/healthz/ready").json["database"] == "ok"
        assert client.get("/healthz/ready").status_code == 503
        with db.engine.connect() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = 'a later one'"))
            connection.commit()
        assert client.get("/healthz/ready").status_code == 200


def test_a_database_that_goes_away_later_is_reported_but_keeps_the_process_ready(
    client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/healthz/ready").json["database"] == "ok"
    break_database(monkeypatch, app)
    answer = client.get("/healthz/ready")
    assert answer.status_code == 200
    assert answer.json["database"] == "unavailable"


def test_the_drain_file_takes_a_process_out_of_rotation(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "drain"
    monkeypatch.setenv(health.DRAIN_FILE, str(file))
    assert client.get("/healthz/ready").status_code == 200
    file.touch()
    answer = client.get("/healthz/ready")
    assert (answer.status_code, answer.json["draining"]) == (503, True)
    assert client.get("/healthz/live").status_code == 200


def test_an_exhausted_pool_makes_a_process_unready(
    make_app: Callable[..., Flask], postgresql_url: str
) -> None:
    app = make_app(database_url=postgresql_url, database_pool_size=1, database_max_overflow=1)
    client = app.test_client()
    assert client.get("/healthz/ready").status_code == 200
    with app.app_context(), db.engine.connect(), db.engine.connect():
        answer = client.get("/healthz/ready")
    assert (answer.status_code, answer.json["pool_exhausted"]) == (503, True)


def test_probes_are_not_redirected_to_https(make_app: Callable[..., Flask]) -> None:
    client = make_app(https=True, site_url="https://blog.example.org").test_client()
    assert client.get("/healthz/live", headers={"Host": "localhost"}).status_code == 200
    assert client.get("/", headers={"Host": "blog.example.org"}).status_code == 301
