"""Forms that strangers can send tell robots from people."""

import re
import time
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.extensions import db
from app.models import OutboxMessage, User

FORMS = {
    "/auth/register": {
        "username": "ann",
        "email": "ann@example.org",
        "password": "Correct-Horse-7",
        "confirm_password": "Correct-Horse-7",
        "agree_terms": "y",
    },
    "/contact": {"name": "Ann", "email": "ann@example.org", "message": "Hello there, hello."},
}


def made() -> int:
    """Count the accounts and the messages."""
    counts = (
        db.session.scalar(select(func.count()).select_from(it)) for it in (User, OutboxMessage)
    )
    return sum(count or 0 for count in counts)


def stamp(client: FlaskClient, path: str) -> str:
    found = re.search('name="stamp"[^>]*value="([^"]+)"', client.get(path).text)
    assert found
    return found[1]


@pytest.fixture
def forward(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Switch the check on, and give a function that makes stamps older than they are."""
    app.config.update(FORM_MIN_SECONDS=2, CONTACT_EMAIL="owner@example.org")
    now = time.time

    def back(seconds: float) -> None:
        monkeypatch.setattr(time, "time", lambda: now() - seconds)

    return back


@pytest.mark.parametrize("seconds", [10, -600], ids=["while", "clock that was ahead"])
@pytest.mark.parametrize("path", FORMS)
def test_a_person_takes_a_while(
    client: FlaskClient, forward: Callable[[float], None], path: str, seconds: float
) -> None:
    forward(seconds)
    given = stamp(client, path)
    forward(0)
    answer = client.post(path, data=FORMS[path] | {"stamp": given})
    assert answer.status_code == 302
    assert made() == 1


@pytest.mark.parametrize("path", FORMS)
def test_what_comes_at_once_is_asked_to_come_again(
    client: FlaskClient, forward: Callable[[float], None], path: str
) -> None:
    given = stamp(client, path)
    answer = client.post(path, data=FORMS[path] | {"stamp": given})
    assert "That was quick" in answer.text
    assert given in answer.text  # So that the same form may be sent a moment later.
    assert made() == 0


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("given", ["", "form.forged.signature", "old"])
def test_a_form_without_a_good_stamp_gets_a_new_one(
    client: FlaskClient, forward: Callable[[float], None], path: str, given: str
) -> None:
    if given == "old":
        forward(25 * 3600)
        given = stamp(client, path)
        forward(0)
    answer = client.post(path, data=FORMS[path] | {"stamp": given})
    assert "open for too long" in answer.text
    assert made() == 0


@pytest.mark.parametrize("path", FORMS)
def test_who_fills_in_what_nobody_sees_is_told_nothing(client: FlaskClient, path: str) -> None:
    answer = client.post(path, data=FORMS[path] | {"website": "https://spam.example"})
    assert answer.status_code == 302
    assert made() == 0
