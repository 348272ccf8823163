"""The worker hears of a change at once, where PostgreSQL can tell it."""

import threading
from collections.abc import Callable, Iterator

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
def listening(app: Flask) -> Iterator[threading.Thread | None]:
    """Start the refresher; it ends when told."""
    ended = threading.Event()
    thread = refresher.start(app, ended)
    yield thread
    ended.set()
    if thread:
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
    app: Flask, heard: list[str], listening: threading.Thread | None
) -> None:
    if db.engine.dialect.name == "sqlite":
        assert listening is None
        site.touch(["/a"])
        assert heard == []
        return
    until(is_heard("/a", heard))
    many = [f"/{number:0100}" for number in range(100)]
    site.touch(many)
    until(lambda: many[1] in heard)
    assert many[0] in heard
    assert many[-1] not in heard  # More than a notice holds: left to the outbox.


def test_what_has_changed_comes_before_the_lists_of_an_earlier_change(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(edges, "refresh", asked.append)
    lists = refresher.Lists()
    lists.add(["/1", "/2", "/3", "/1"])
    lists.refresh_some()
    assert asked == [["/1", "/2"]]
    lists.next_at = float("inf")
    lists.refresh_some()
    assert len(asked) == 1, "it leaves the application time"
    lists.next_at = 0.0
    assert lists.wait() == 0
    lists.refresh_some()
    assert asked[1:] == [["/3"]]
    assert lists.wait() == refresher.LOOK_SECONDS


def test_it_listens_again_after_a_failure(
    app: Flask, heard: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if db.engine.dialect.name == "sqlite":
        return
    monkeypatch.setattr(refresher, "PAUSE_AFTER_FAILURE_SECONDS", 0.01)
    faults = [OSError("gone")]
    real = refresher.listen

    def listen(ended: threading.Event) -> None:
        if faults:
            raise faults.pop()
        real(ended)

    monkeypatch.setattr(refresher, "listen", listen)
    ended = threading.Event()
    thread = refresher.start(app, ended)
    assert thread
    until(is_heard("/b", heard))
    monkeypatch.setattr(edges, "refresh", fail)
    site.touch(["/c"])
    ended.set()
    thread.join(5)


def fail(_: list[str]) -> None:
    raise edges.RefreshFailed("edge: hung")


def test_a_database_that_cannot_tell_fails_no_write(
    app: Flask, heard: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def tell(_: list[str]) -> None:
        raise OperationalError("NOTIFY", {}, Exception())

    monkeypatch.setattr(site, "tell", tell)
    site.touch(["/"])
