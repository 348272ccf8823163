"""Limits hold with Redis, and per process when it is away."""

from collections.abc import Callable

import pytest
from flask import Flask


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
