"""Limits hold with Redis, and per process when it is away."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from flask import Flask
from limits.storage import RedisStorage

from app.extensions import limiter


@pytest.fixture(autouse=True)
def store_is_back() -> Iterator[None]:
    """Let no later test take Redis for dead."""
    yield
    limiter._storage_dead = False


@pytest.mark.parametrize("is_alive", [False, True])
def test_a_redis_that_dies_under_two_requests_at_once_or_is_spoilt_fails_none(
    make_app: Callable[..., Flask],
    redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
    is_alive: bool,
) -> None:
    client = make_app(rate_limits_enabled=True, redis_url=redis_url).test_client()
    assert client.get("/api/v1/posts").status_code == 200

    def die(*_: object, **__: object) -> int:
        limiter._storage_dead = True  # What the other request has noted in the meantime.
        raise ConnectionError

    monkeypatch.setattr(limiter._limiter, "script", die)
    monkeypatch.setattr(limiter._storage, "check", lambda: is_alive)
    assert client.get("/api/v1/posts").status_code == 200


@pytest.mark.parametrize("store", ["memory", "redis", "dead"])
def test_guessing_passwords_is_slowed_down_whatever_redis_does(
    make_app: Callable[..., Flask], request: pytest.FixtureRequest, store: str
) -> None:
    urls = {"memory": "", "dead": "redis://127.0.0.1:1/0"}
    url = urls[store] if store in urls else request.getfixturevalue("redis_url")
    client = make_app(rate_limits_enabled=True, redis_url=url).test_client()
    form = {"username": "someone", "password": "Wrong-Password-1"}
    statuses = [client.post("/auth/login", data=form).status_code for _ in range(30)]
    assert statuses[0] == 200
    assert statuses[-1] == 429
    assert 500 not in statuses
    assert client.get("/").status_code == 200


def test_what_is_counted_is_told_by_one_call_and_right(
    make_app: Callable[..., Flask], redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(rate_limits_enabled=True, redis_url=redis_url, api_requests_per_minute=40)
    store: Any = redis.Redis.from_url(redis_url)
    store.flushall()
    client = app.test_client()
    for question in ("get", "get_expiry", "incr"):
        monkeypatch.delattr(RedisStorage, question)
    for left in (39, 38):
        told = client.get("/api/v1/posts").headers["RateLimit"]
        assert re.fullmatch(rf'"api";r={left};t=(?:5\d|6\d)', told), told
    (key,) = store.keys("*LIMIT*")
    assert 50 < store.ttl(key) <= 60
    assert store.get(key) == b"2"
