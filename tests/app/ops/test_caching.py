"""The cache's store: values survive a round trip, and a dead Redis costs only speed."""

import socket
from collections.abc import Callable, Iterator

import pytest
import redis
from flask import Flask

from app import metrics
from app.extensions import cache
from app.ops import caching


@pytest.fixture
def redis_app(make_app: Callable[..., Flask], redis_url: str) -> Iterator[Flask]:
    app = make_app(redis_url=redis_url)
    with app.app_context():
        yield app
        cache.clear()


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Give a port that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_values_come_back_from_redis_as_they_were_stored(redis_app: Flask) -> None:
    value = {"title": "你好", "numbers": [1, 2.5, None, True]}
    assert cache.set("key", value, 60)
    assert cache.get("key") == value
    assert cache.get_many("key", "other") == [value, None]


def test_only_the_first_add_stores(redis_app: Flask) -> None:
    assert cache.add("lock", 1, 60) is True
    assert cache.add("lock", 1, 60) is False
    cache.delete("lock")
    assert cache.add("lock", 1, 60) is True


@pytest.mark.parametrize("foreign", [b"\x80\x04.", b"not json", b"!cposix\nsystem\n", b""])
def test_what_someone_else_left_in_redis_reads_as_missing(
    redis_app: Flask, redis_url: str, foreign: bytes
) -> None:
    redis.Redis.from_url(redis_url).set("ironpress:key", foreign)
    assert cache.get("key") is None


def test_a_value_of_another_type_in_redis_reads_as_missing(
    redis_app: Flask, redis_url: str
) -> None:
    redis.Redis.from_url(redis_url).lpush("ironpress:list", 1)
    assert cache.get("list") is None


def test_a_dead_redis_reads_as_a_miss_and_is_left_alone_for_a_moment(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(redis_url="redis://127.0.0.1:1/0")
    clock = [1000.0]
    monkeypatch.setattr(caching.time, "monotonic", lambda: clock[0])
    before = failures()
    with app.app_context():
        assert cache.get("key") is None
        assert not cache.set("key", 1)
        assert cache.get_many("a", "b") == [None, None]
        assert cache.add("lock", 1) is None
        assert not cache.delete("key")
        assert failures() == before + 1
        clock[0] += caching.PAUSE_AFTER_FAILURE_SECONDS
        assert cache.get("key") is None
        assert failures() == before + 2


def test_one_alone_tries_whether_redis_is_back(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(redis_url="redis://127.0.0.1:1/0")
    clock = [1000.0]
    monkeypatch.setattr(caching.time, "monotonic", lambda: clock[0])
    with app.app_context():
        assert cache.get("key") is None
        clock[0] += caching.PAUSE_AFTER_FAILURE_SECONDS
        before = failures()

        def try_it() -> str:
            assert cache.get("another request's") is None
            assert failures() == before
            return "back"

        assert cache.cache.guarded(try_it) == "back"
        assert cache.get("key") is None
        assert failures() == before + 1


def test_a_silent_redis_costs_one_short_time_out(
    make_app: Callable[..., Flask], silent_port: int
) -> None:
    app = make_app(redis_url=f"redis://127.0.0.1:{silent_port}/0", redis_timeout=0.05)
    before = failures()
    with app.app_context():
        for _ in range(50):
            assert cache.get("key") is None
    assert failures() == before + 1


def failures() -> float:
    """Return how many calls to Redis have failed so far."""
    return metrics.cache_failures._value.get()
