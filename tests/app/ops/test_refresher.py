"""The worker hears of a change at once, where PostgreSQL can tell it."""

import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from app.extensions import db
from app.ops import refresher
from app.services import edges, site


@pytest.fixture
def heard(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect the pages that would be asked for."""
    pages: list[str] = []
    monkeypatch.setattr(edges, "refresh", pages.extend)
    app.config["EDGE_REFRESH_URL"] = "http://edge:8081"
    return pages


@pytest.fixture
def listening(app: Flask) -> Iterator[list[threading.Thread]]:
    """Start the refresher; it ends when told."""
    ended = threading.Event()
    threads = refresher.start(app, ended)
    yield threads
    end(ended, threads)


def end(ended: threading.Event, threads: list[threading.Thread]) -> None:
    ended.set()
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive()


def until(condition: Callable[[], bool]) -> None:
    for _ in range(100):
        if condition():
            return
        threading.Event().wait(0.05)
    raise AssertionError("not within 5 s")


def is_heard(page: str, heard: list[str]) -> Callable[[], bool]:
    """Tell until it is heard: the listener may still be connecting."""

    def told() -> bool:
        site.touch([page])
        return page in heard

    return told


def test_what_has_changed_is_refreshed_at_once(
    app: Flask, heard: list[str], listening: list[threading.Thread]
) -> None:
    if db.engine.dialect.name == "sqlite":
        assert listening == []
        site.touch(["/a"])
        assert heard == []
        return
    until(is_heard("/a", heard))
    many = [f"/{number:0100}" for number in range(100)]
    site.touch(many)
    until(lambda: many[1] in heard)
    assert many[0] in heard
    assert many[-1] not in heard  # More than a notice holds: left to the outbox.


def test_what_has_changed_does_not_wait_for_the_lists_of_an_earlier_change(
    app: Flask, heard: list[str], listening: list[threading.Thread], monkeypatch: pytest.MonkeyPatch
) -> None:
    if not listening:
        return
    until(is_heard("/a", heard))
    going_on = threading.Event()

    def refresh(pages: list[str]) -> None:
        if "/list" in pages:
            going_on.wait(10)
        heard.extend(pages)

    monkeypatch.setattr(edges, "refresh", refresh)
    site.touch(["/b", "/list"])
    until(lambda: "/b" in heard)
    site.touch(["/c", "/list"])
    until(lambda: "/c" in heard)
    assert "/list" not in heard
    going_on.set()
    until(lambda: "/list" in heard)


def test_lists_are_taken_a_few_at_a_time_and_once_for_all_that_changed() -> None:
    lists = refresher.Lists()
    lists.add(["/1", "/2", "/3", "/1"])
    lists.add(["/3", "/2"])
    assert lists.take(0) == ["/1", "/2"]
    assert lists.take(0) == ["/3"]
    assert lists.take(0) == []


def test_lists_leave_the_application_as_much_time_as_they_took(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists, ended, now, waits = refresher.Lists(), threading.Event(), [0.0], []

    def take(_: float) -> list[str]:
        now[0] += 5  # Nothing had changed for so long.
        return ["/1"]

    def refresh(_: list[str]) -> None:
        now[0] += 2

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        ended.set()
        return True

    monkeypatch.setattr(refresher, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(lists, "take", take)
    monkeypatch.setattr(edges, "refresh", refresh)
    monkeypatch.setattr(ended, "wait", wait)
    refresher.run_for_lists(app, ended, lists)
    assert waits == [2]


def test_an_unforeseen_fault_ends_no_thread(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refresh(_: list[str]) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(edges, "refresh", refresh)
    refresher.refresh(["/"])
    assert "can't start new thread" in caplog.text


def test_it_listens_again_after_a_failure(
    app: Flask, heard: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if db.engine.dialect.name == "sqlite":
        return
    monkeypatch.setattr(refresher, "PAUSE_AFTER_FAILURE_SECONDS", 0.01)
    faults = [OSError("gone")]
    real = refresher.listen

    def listen(ended: threading.Event, lists: refresher.Lists) -> None:
        if faults:
            raise faults.pop()
        real(ended, lists)

    monkeypatch.setattr(refresher, "listen", listen)
    ended = threading.Event()
    threads = refresher.start(app, ended)
    until(is_heard("/b", heard))
    monkeypatch.setattr(edges, "refresh", fail)
    site.touch(["/c"])
    end(ended, threads)


def fail(_: list[str]) -> None:
    raise edges.RefreshFailed("edge: hung")


def test_a_database_that_cannot_tell_fails_no_write(
    app: Flask, heard: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def tell(_: list[str]) -> None:
        raise OperationalError("NOTIFY", {}, Exception())

    monkeypatch.setattr(site, "tell", tell)
    site.touch(["/"])
