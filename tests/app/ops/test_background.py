"""Work beside the requests goes on after a failure, and once in a process."""

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from app.ops import background
from app.services import outbox, site_settings, views


def test_a_turn_writes_views_and_delivers_mail_where_the_process_is_the_worker(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setattr(views, "flush", lambda: done.append("views"))
    monkeypatch.setattr(outbox, "deliver_due", lambda limit: done.append("mail"))
    background.tick(make_app(run_worker=True))
    background.tick(make_app(run_worker=False))
    assert done == ["views", "mail", "views"]


def test_a_failure_is_logged_and_survived(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise RuntimeError("no database")

    monkeypatch.setattr(views, "flush", fail)
    background.tick(app)
    assert "Background work failed" in caplog.text


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> threading.Semaphore:
    """Count the turns, which do nothing else, one after the other without a wait."""
    turns = threading.Semaphore(0)
    monkeypatch.setattr(background, "INTERVAL_SECONDS", 0.01)
    monkeypatch.setattr(background, "tick", lambda app: turns.release())
    return turns


def running() -> int:
    return [thread.name for thread in threading.enumerate()].count("background")


def test_the_thread_starts_once_and_stops_with_the_process(
    make_app: Callable[..., Flask], turns: threading.Semaphore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "ignore_signals", lambda: None)
    app = make_app()
    background.stop(app)
    background.start(app)
    background.start(app)
    assert turns.acquire(timeout=10)
    assert running() == 1
    background.stop(app)
    assert running() == 0


def test_a_signal_during_the_end_does_not_lose_the_last_write(
    make_app: Callable[..., Flask], turns: threading.Semaphore, monkeypatch: pytest.MonkeyPatch
) -> None:
    signals = [SystemExit(0), SystemExit(0), None]

    def interrupted() -> None:
        if error := signals.pop(0):
            raise error

    monkeypatch.setattr(background, "ignore_signals", interrupted)
    app = make_app()
    background.start(app)
    background.stop(app)
    assert signals == []
    assert turns.acquire(timeout=10)


def test_the_development_server_starts_it_with_the_first_request(
    make_app: Callable[..., Flask], turns: threading.Semaphore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    monkeypatch.setattr(background.atexit, "register", lambda *_: None)
    monkeypatch.setattr(background, "ignore_signals", lambda: None)
    app = make_app()
    assert running() == 0
    app.test_client().get("/healthz/live")
    assert running() == 1
    background.stop(app)


def test_settings_that_cannot_be_read_stop_neither_the_start_nor_the_other_work(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> bool:
        raise OperationalError("SELECT", {}, Exception("no database"))

    done: list[str] = []
    monkeypatch.setattr(site_settings, "refresh", fail)
    monkeypatch.setattr(views, "flush", lambda: done.append("views"))
    app = make_app()
    background.start(app)
    background.tick(app)
    ended, thread = app.extensions.pop("background")
    ended.set()
    thread.join()
    assert "views" in done
