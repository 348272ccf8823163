"""Cross-site requests: nothing changes by GET, without the session's token, or from elsewhere."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app, db
from app.models import Role, User, UserSession
from tests.attack.blog import Call, add_user, changing_calls, furnish, state
from tests.conftest import PASSWORD

OVERRIDES = {
    "X-HTTP-Method-Override": "POST",
    "X-HTTP-Method": "POST",
    "X-Method-Override": "DELETE",
}
# How a token is sent that is not the session's own, as (form, headers, query string).
Sent = tuple[dict[str, str], dict[str, str], dict[str, str]]
NO_TOKENS: dict[str, Callable[[str, str], Sent]] = {
    "none": lambda own, other: ({}, {}, {}),
    "empty": lambda own, other: ({"csrf_token": ""}, {"X-CSRFToken": ""}, {}),
    "another session's": lambda own, other: ({"csrf_token": other}, {"X-CSRFToken": other}, {}),
    "cut": lambda own, other: ({"csrf_token": own[:-1]}, {"X-CSRFToken": own[:-1]}, {}),
    "the text alone": lambda own, other: (
        {"csrf_token": own.split(".")[0]},
        {"X-CSRFToken": own.split(".")[0]},
        {},
    ),
    "in the address": lambda own, other: ({}, {}, {"csrf_token": own}),
    "in a cookie": lambda own, other: ({}, {"X-Cookie": own}, {}),
    "under another name": lambda own, other: ({"_csrf": own, "token": own}, {"X-Token": own}, {}),
}
FROM_ELSEWHERE: list[dict[str, str]] = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    {"Sec-Fetch-Site": "unheard-of"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost:8080"},
    {"Origin": "http://localhost@evil.example"},
    {"Origin": "file://"},
]
# A login is no session's, and what they take proves itself.
API_WITHOUT_SESSION = ("api.create_token", "api.refresh_token", "api.revoke_token")
UNPROTECTED = ("main.beacon", "auth.unsubscribe", *API_WITHOUT_SESSION)
ROUTES = [
    rule.endpoint
    for rule in create_app("testing").url_map.iter_rules()
    for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
]
PROTECTED = [endpoint for endpoint in ROUTES if endpoint not in UNPROTECTED]
TRIED = len(ROUTES) * 2 + len(PROTECTED) * len(NO_TOKENS) + len(PROTECTED) * len(FROM_ELSEWHERE)


@pytest.fixture
def calls(app: Flask) -> list[Call]:
    """Give a call for every route that may change something, to be made by an admin."""
    app.config["WTF_CSRF_ENABLED"] = True
    owner = add_user("owner", Role.ADMIN)
    return changing_calls(app, furnish(owner))


@pytest.fixture
def admin(app: Flask, calls: list[Call], sign_in: Callable[..., FlaskClient]) -> FlaskClient:
    """Give the browser of an admin."""
    return sign_in(owner())


def owner() -> User:
    """Return the admin."""
    return db.session.scalars(db.select(User).where(User.username == "owner")).one()


def token_of(browser: FlaskClient) -> str:
    """Return the form token of a browser's session."""
    page = browser.get("/auth/login" if not browser.get_cookie("session") else "/auth/profile").text
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found
    return found[1]


def send(browser: FlaskClient, call: Call, sent: Sent) -> TestResponse:
    """Make a call with what is sent for a token."""
    form, headers, query = sent
    if "X-Cookie" in headers:
        browser.set_cookie("csrf_token", headers["X-Cookie"])
    # The answer as JSON: pages take longer to make, and say the same.
    headers = {"Accept": "application/json"} | headers
    options: dict[str, Any] = {"headers": headers, "query_string": query}
    if call.form is not None:
        return browser.open(call.path, method=call.method, data=call.form | form, **options)
    return browser.open(call.path, method=call.method, json=call.body, **options)


def test_nothing_changes_by_get(app: Flask, calls: list[Call], admin: FlaskClient) -> None:
    assert sorted(call.endpoint for call in calls) == sorted(ROUTES)
    before = state()
    for call in calls:
        sent = call.form or call.body or {}
        query = {name: str(value) for name, value in sent.items()} | {"_method": call.method}
        for headers in ({}, OVERRIDES):
            answer = admin.get(call.path, query_string=query, headers=headers)
            assert answer.status_code < 500, (call.endpoint, answer.text)
    assert state() == before


def test_nothing_changes_without_the_sessions_own_token(
    app: Flask, calls: list[Call], admin: FlaskClient
) -> None:
    own, other = token_of(admin), token_of(app.test_client())
    before = state()
    for kind, sent in NO_TOKENS.items():
        for call in calls:
            if call.endpoint in PROTECTED:
                answer = send(admin, call, sent(own, other))
                assert answer.status_code == 400, (kind, call.endpoint, answer.text)
    assert state() == before


def test_nothing_changes_from_another_site_even_with_the_token(
    app: Flask, calls: list[Call], admin: FlaskClient
) -> None:
    own = token_of(admin)
    before = state()
    for headers in FROM_ELSEWHERE:
        for call in calls:
            if call.endpoint in PROTECTED:
                sent = {"csrf_token": own}, {"X-CSRFToken": own} | headers, {}
                answer = send(admin, call, sent)
                assert answer.status_code == 403, (headers, call.endpoint, answer.text)
    assert state() == before


def test_a_login_from_another_site_opens_no_session(app: Flask, calls: list[Call]) -> None:
    login = next(call for call in calls if call.endpoint == "auth.login")
    for headers in FROM_ELSEWHERE:
        browser = app.test_client()
        token = token_of(browser)
        answer = send(browser, login, ({"csrf_token": token}, headers, {}))
        assert answer.status_code == 403
    assert not db.session.scalar(db.select(db.func.count()).where(UserSession.key != "k" * 32))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://localhost"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
    ],
    ids=str,
)
def test_the_sites_own_forms_pass(
    app: Flask, calls: list[Call], admin: FlaskClient, headers: dict[str, str]
) -> None:
    profile = next(call for call in calls if call.endpoint == "auth.profile")
    answer = send(admin, profile, ({"csrf_token": token_of(admin)}, headers, {}))
    assert answer.status_code == 302
    db.session.rollback()
    assert owner().nickname == "Nick"


def test_a_program_needs_no_origin_and_another_sites_page_may_ask_for_a_token(
    app: Flask, calls: list[Call]
) -> None:
    login = {"username": "owner", "password": PASSWORD}
    for headers in ({}, {"Origin": "https://app.example", "Sec-Fetch-Site": "cross-site"}):
        answer = app.test_client().post("/api/v1/auth/token", json=login, headers=headers)
        assert answer.status_code == 200
        bearer = {"Authorization": f"Bearer {answer.json['access_token']}"} | headers
        post = {"title": "By a program", "content": "c"}
        made = app.test_client().post("/api/v1/posts", json=post, headers=bearer)
        assert made.status_code == 201
