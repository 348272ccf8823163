"""What one machine has signed another may read earlier by its own clock."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import SignatureExpired

from app.auth import TokenService
from app.models import User
from app.services import credentials
from app.services.signing import Stamper

AHEAD_SECONDS = 600
Ahead = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> Ahead:
    """Give a context in which the clock is ahead of what it is afterwards."""
    now = time.time

    @contextmanager
    def context() -> Any:
        with monkeypatch.context() as patch:
            patch.setattr(time, "time", lambda: now() + AHEAD_SECONDS)
            yield

    return context


def test_a_session_of_a_clock_that_is_ahead_is_one(
    make_user: Callable[..., User], log_in: Callable[..., FlaskClient], ahead: Ahead
) -> None:
    user = make_user()
    with ahead():
        client = log_in(user)
    assert client.get("/auth/profile").status_code == 200


def test_a_token_of_a_clock_that_is_ahead_opens(
    app: Flask, client: FlaskClient, make_user: Callable[..., User], ahead: Ahead
) -> None:
    user = make_user()
    with ahead():
        token = TokenService.generate_access_token(user.id)
    answer = client.get("/api/v1/users/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200


def test_a_link_of_a_clock_that_is_ahead_is_good(app: Flask, ahead: Ahead) -> None:
    with ahead():
        token = credentials.signer("reset-password").dumps("anything")
    assert credentials.read_token("reset-password", token, 60) == "anything"


def test_what_is_too_old_stays_so(app: Flask, ahead: Ahead) -> None:
    stamper = Stamper("key")
    signed = stamper.sign("value")
    assert stamper.unsign(signed, max_age=5) == b"value"
    with ahead(), pytest.raises(SignatureExpired):
        stamper.unsign(signed, max_age=AHEAD_SECONDS - 5)


def test_what_is_far_ahead_is_not_of_this_time(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: now() + 3600)
        signed = Stamper("key").sign("value")
    with pytest.raises(SignatureExpired):
        Stamper("key").unsign(signed, max_age=5)
