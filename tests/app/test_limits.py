"""Requests beyond a limit are refused, and counted by what matters."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.auth.known_device import login_key
from app.extensions import db
from app.limits import client_network
from app.models import Post, Role, User


@pytest.fixture
def limited(make_app: Callable[..., Flask]) -> FlaskClient:
    return make_app(rate_limits_enabled=True).test_client()


def attempt(client: FlaskClient, name: str, address: str) -> int:
    answer = client.post(
        "/auth/login",
        data={"username": name, "password": "wrong"},
        environ_base={"REMOTE_ADDR": address},
    )
    return answer.status_code


def test_the_eleventh_login_of_a_minute_from_one_address_is_refused(limited: FlaskClient) -> None:
    statuses = [attempt(limited, f"user{number}", "192.0.2.1") for number in range(11)]
    assert statuses == [200] * 10 + [429]
    assert attempt(limited, "someone", "192.0.2.2") == 200


def test_one_account_cannot_be_tried_from_many_addresses(limited: FlaskClient) -> None:
    statuses = [attempt(limited, "Victim", f"192.0.2.{number}") for number in range(20)]
    assert set(statuses) == {200}
    assert attempt(limited, "victim", "198.51.100.1") == 429
    assert attempt(limited, "other", "198.51.100.1") == 200


def test_an_owner_logs_in_from_a_known_device_whatever_others_try(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(rate_limits_enabled=True)
    with app.app_context():
        for name in ("victim", "attacker"):
            user = User(username=name, email=f"{name}@example.org")
            user.set_password("Correct-Horse-7")
            db.session.add(user)
        db.session.commit()

    def log_in(client: FlaskClient, name: str, address: str) -> int:
        form = {"username": name, "password": "Correct-Horse-7"}
        where = {"REMOTE_ADDR": address}
        return client.post("/auth/login", data=form, environ_base=where).status_code

    owner, attacker = app.test_client(), app.test_client()
    assert log_in(owner, "victim@example.org", "192.0.2.100") == 302
    assert log_in(attacker, "attacker", "192.0.2.101") == 302  # Known, but to another account.
    owner.post("/auth/logout")
    for number in range(20):
        attempt(attacker, "victim", f"192.0.2.{number}")
    assert attempt(attacker, "victim", "198.51.100.1") == 429
    assert log_in(app.test_client(), "victim", "198.51.100.2") == 429
    assert log_in(owner, "Victim", "198.51.100.3") == 302
    # Nor does the known device try for ever.
    owner.post("/auth/logout")
    tries = [attempt(owner, "victim", f"203.0.113.{number}") for number in range(21)]
    assert tries == [200] * 20 + [429]


def test_looking_at_the_login_form_is_not_limited(limited: FlaskClient) -> None:
    assert {limited.get("/auth/login").status_code for _ in range(15)} == {200}


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:0:1::5", "20010db800000001::/64"),
        ("2001:db8:0:1:ffff::", "20010db800000001::/64"),
        ("", "unknown"),
    ],
)
def test_an_ipv6_client_is_counted_by_its_network(app: Flask, address: str, network: str) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        assert client_network() == network


def test_the_key_of_an_account_is_short_whatever_was_typed(app: Flask) -> None:
    with app.test_request_context(method="POST", data={"username": "名" * 10_000}):
        assert len(login_key()) == 64


def test_comments_are_counted_by_who_writes_them(make_app: Callable[..., Flask]) -> None:
    app = make_app(rate_limits_enabled=True)
    with app.app_context():
        author, reader = (
            User(username=name, email=f"{name}@example.org", role=int(Role.AUTHOR))
            for name in ("author", "reader")
        )
        reader.set_password("Correct-Horse-7")
        db.session.add_all([author, reader])
        db.session.flush()
        db.session.add(Post(title="A", content="x", slug="a", author=author, is_published=True))
        db.session.commit()
    statuses = []
    for number in range(7):
        # Another browser and another address each time, but the same user.
        client = app.test_client()
        client.post("/auth/login", data={"username": "reader", "password": "Correct-Horse-7"})
        answer = client.post(
            "/articles/a/comments",
            data={"content": f"Number {number}"},
            environ_base={"REMOTE_ADDR": f"192.0.2.{number}"},
        )
        statuses.append(answer.status_code)
    assert statuses == [302] * 6 + [429]
