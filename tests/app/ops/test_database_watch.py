"""Requests fail at once while PostgreSQL is away, and it is asked again as soon as it is back."""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psycopg2
import pytest
from flask import Flask
from psycopg2 import extensions
from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError

from app import metrics
from app.extensions import db
from app.models import User
from app.ops import background, database_watch
from app.ops.database_watch import LeftAlone
from app.services import site, site_settings, views
from tests.between import Between

# Generous where a busy machine decides, while a wait without an end would still be noticed.
LONG = 15.0


@pytest.fixture
def between(postgresql_url: str) -> Iterator[Between]:
    """Stand between the application and PostgreSQL."""
    folder = make_url(postgresql_url).query["host"]
    between = Between(f"{folder}/.s.PGSQL.5432")
    yield between
    between.heal()
    between.go()


@pytest.fixture
def watched(
    make_app: Callable[..., Flask], between: Between, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    """Give an application that watches its database, with one connection in its pool."""
    monkeypatch.setattr(database_watch, "PAUSE_SECONDS", 0.05)
    app = make_app(
        database_url=f"postgresql://postgres@127.0.0.1:{between.port}/postgres",
        database_connect_timeout=1,
    )
    database_watch.start(app)
    with app.app_context():
        assert db.session.scalar(text("SELECT 1")) == 1
        db.session.remove()
        yield app
        between.heal()
        until(lambda: not database_watch.is_away(app))
        db.session.remove()
        db.drop_all()
        extensions.set_wait_callback(None)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def ask() -> None:
    """Ask the database something, as a request would."""
    try:
        db.session.execute(text("SELECT 1"))
    finally:
        db.session.rollback()
        db.session.remove()


def leave_alone(app: Flask, between: Between, how: str) -> None:
    """Bring about that the database is left alone."""
    getattr(between, how)()

    def is_noticed() -> bool:
        with suppress(OperationalError):
            ask()
        return database_watch.is_away(app)

    until(is_noticed)


@pytest.mark.parametrize("how", ["go", "hang"])
def test_nobody_asks_a_database_that_is_away(watched: Flask, between: Between, how: str) -> None:
    leave_alone(watched, between, how)
    refused = metrics.database_breaker_refusals._value.get()
    started = time.monotonic()
    for _ in range(100):
        with pytest.raises(LeftAlone):
            ask()
    assert time.monotonic() - started < 1
    assert metrics.database_breaker_refusals._value.get() == refused + 100
    assert metrics.database_breaker_open._value.get() == 1


@pytest.mark.parametrize("how", ["go", "hang"])
def test_the_database_is_asked_again_without_a_request(
    watched: Flask, between: Between, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    openings = metrics.database_breaker_openings._value.get()
    with caplog.at_level(logging.WARNING, "app.ops.breaker"):
        leave_alone(watched, between, how)
        between.heal()
        until(lambda: not database_watch.is_away(watched))
    ask()
    assert metrics.database_breaker_open._value.get() == 0
    assert metrics.database_breaker_openings._value.get() == openings + 1
    left, asked = (record.getMessage() for record in caplog.records)
    assert left.startswith("PostgreSQL is left alone: ")
    assert asked == "PostgreSQL is asked again."


def test_a_request_meanwhile_is_told_when_to_come_back(watched: Flask, between: Between) -> None:
    leave_alone(watched, between, "go")
    client = watched.test_client()
    page = client.get("/search?q=something")
    answer = client.get("/api/v1/posts")
    assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert client.get("/healthz/ready").json["database"] == "unavailable"


def test_a_signed_in_writer_gets_the_text_back(watched: Flask, between: Between) -> None:
    client = watched.test_client()
    user = User(username="writer", email="writer@example.org", role=7)
    user.set_password("Correct-Horse-7")
    db.session.add(user)
    db.session.commit()
    client.post("/auth/login", data={"username": "writer", "password": "Correct-Horse-7"})
    db.session.remove()
    leave_alone(watched, between, "go")
    words = "Written for an hour"
    answer = client.post("/desk/posts/new", data={"title": "Mine", "content": words})
    assert answer.status_code == 503
    assert words in answer.text


def test_an_old_copy_of_a_page_is_served_meanwhile(watched: Flask, between: Between) -> None:
    watched.config["PAGE_CACHE_LIST_SECONDS"] = 60
    client = watched.test_client()
    fresh = client.get("/articles")
    assert fresh.status_code == 200
    site.touch()
    leave_alone(watched, between, "go")
    assert client.get("/articles").data == fresh.data


def test_a_statement_in_flight_ends_when_the_server_freezes(
    watched: Flask, between: Between
) -> None:
    begun = threading.Event()

    def read_slowly() -> None:
        with watched.app_context(), db.engine.connect() as connection:
            begun.set()
            connection.execute(text("SELECT pg_sleep(60)"))

    watch = watched.extensions["database_watch"]
    watch.statement_seconds = 4 * LONG  # Not this bound, but the probe is to end it.
    with ThreadPoolExecutor() as pool:
        reader = pool.submit(read_slowly)
        assert begun.wait(LONG)
        between.hang()
        with pytest.raises(Exception, match="the database is away"):
            reader.result(LONG)


def test_a_connection_that_hangs_alone_is_given_up(watched: Flask) -> None:
    watch = watched.extensions["database_watch"]
    watch.statement_seconds = 1.0
    with (
        pytest.raises(Exception, match="no answer within the time-out"),
        db.engine.connect() as connection,
    ):
        # The server would allow it; what counts here is that nothing comes.
        connection.execute(text("SELECT pg_sleep(3)"))
    assert not database_watch.is_away(watched)
    ask()


def test_a_slow_statement_does_not_open_the_breaker(watched: Flask) -> None:
    openings = metrics.database_breaker_openings._value.get()
    db.session.execute(text("SELECT pg_sleep(0.8)"))
    assert metrics.database_breaker_openings._value.get() == openings


def test_a_full_server_is_no_reason_to_leave_it_alone() -> None:
    said = "FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute"
    assert database_watch.is_full(psycopg2.OperationalError(said))
    assert not database_watch.is_full(psycopg2.OperationalError("Connection refused"))


def test_the_work_beside_the_requests_waits_for_the_database(
    watched: Flask, between: Between, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setattr(site_settings, "refresh", lambda: False)
    monkeypatch.setattr(views, "flush", lambda: done.append("views"))
    leave_alone(watched, between, "go")
    background.tick(watched)
    assert done == []
    between.heal()
    until(lambda: not database_watch.is_away(watched))
    background.tick(watched)
    assert done == ["views"]


def test_nobody_watches_a_database_in_a_file(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    database_watch.start(app)
    assert "database_watch" not in app.extensions
    assert not database_watch.is_away(app)


def test_a_server_that_answers_others_is_only_slow(watched: Flask, between: Between) -> None:
    watch = watched.extensions["database_watch"]
    watch.connect_seconds = 0.2
    between.hang()
    watch.answered_at = 0.0
    assert isinstance(watch.probe(), database_watch.NoAnswerError)
    watch.answered_at = time.monotonic() + LONG
    assert watch.probe() is None


def test_a_rollback_without_an_answer_takes_no_page_away(watched: Flask, between: Between) -> None:
    watched.extensions["database_watch"].statement_seconds = 0.5
    db.session.execute(text("SELECT 1"))
    between.hang()
    db.give_back()
    between.heal()
    until(lambda: not database_watch.is_away(watched))
    ask()


def test_a_connection_that_is_slow_to_come_is_waited_for(watched: Flask) -> None:
    watch = watched.extensions["database_watch"]
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        waiting = []
        for _ in range(3):  # More than its line holds: who comes now gets no answer at all.
            waiting.append(socket.socket())
            waiting[-1].setblocking(False)
            waiting[-1].connect_ex(address)
        started = time.monotonic()
        with pytest.raises(psycopg2.OperationalError, match="no answer within the time-out"):
            psycopg2.connect(**watch.arguments | {"host": "127.0.0.1", "port": address[1]})
        for one in waiting:
            one.close()
    assert time.monotonic() - started >= watch.connect_seconds
