"""Limits hold with Redis, and per process when it is away."""

from collections.abc import Callable

import pytest
from flask import Flask

from app.extensions import limiter


@pytest.mark.parametrize("is_alive", [False, True])
def test_a_redis_that_dies_under_two_requests_at_once_or_is_spoilt_fails_none(
    make_app: Callable[..., Flask],
    redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
    is_alive: bool,
) -> None:
    client = make_app(rate_limits_enabled=True, redis_url=redis_url).test_client()
    assert client.get("/api/v1/posts").status_code == 200

    monkeypatch.setattr(limiter, "_storage_dead", False)  # Put back at the end.

    def die(*_: object, **__: object) -> int:
        limiter._storage_dead = True  # What the other request has noted in the meantime.
        raise ConnectionError

    monkeypatch.setattr(limiter._storage, "incr", die)
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
