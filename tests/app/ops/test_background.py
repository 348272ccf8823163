"""Work beside the requests goes on after a failure, and once in a process."""

import threading
from collections.abc import Callable

import pytest
from flask import Flask

from app.ops import background
from app.services import outbox, views


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


def test_the_thread_starts_once_and_stops_with_the_process(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = threading.Semaphore(0)
    finishers: list[Callable[[], None]] = []
    monkeypatch.setattr(background, "INTERVAL_SECONDS", 0.01)
    monkeypatch.setattr(background.atexit, "register", finishers.append)
    monkeypatch.setattr(background.signal, "signal", lambda *_: None)
    monkeypatch.setattr(background, "tick", lambda app: turns.release())
    app = make_app()
    background.start(app)
    background.start(app)
    assert turns.acquire(timeout=10)
    assert len(finishers) == 1
    finishers[0]()
    assert "background" not in {thread.name for thread in threading.enumerate()}
