"""Logging in with a second factor, and the devices one is logged in on, as users see them."""

import re
import time
from collections.abc import Callable

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.extensions import db
from app.models import Role, User, UserSession
from app.services import second_factor

PASSWORD = "Correct-Horse-7"
MakeUser = Callable[..., User]
LogIn = Callable[..., FlaskClient]


def add_factor(user: User) -> list[str]:
    """Set the second factor up and return the recovery codes."""
    salt = second_factor.new_salt()
    code = pyotp.TOTP(second_factor.secret_of(user, salt)).now()
    return second_factor.set_up(user=user, salt=salt, code=code)


def is_logged_in(client: FlaskClient) -> bool:
    return client.get("/auth/profile").status_code == 200


def give_password(client: FlaskClient, **fields: str) -> str:
    answer = client.post("/auth/login", data={"username": "ann", "password": PASSWORD} | fields)
    assert answer.status_code == 302
    return answer.location


def test_the_key_on_the_page_makes_codes_that_switch_it_on(
    client: FlaskClient, make_user: MakeUser, log_in: LogIn
) -> None:
    user = make_user(username="ann")
    log_in(user)
    page = client.get("/auth/second-factor/setup").text
    found = re.search("<code>([A-Z2-7 ]+)</code>", page)
    assert found
    assert "<svg" in page
    assert (
        "style=" not in page.partition("<svg")[2].partition("</svg>")[0]
    )  # The policy forbids it.
    code = pyotp.TOTP(found[1].replace(" ", "")).now()
    form = {"code": code, "password": "wrong"}
    assert client.post("/auth/second-factor/setup", data=form).status_code == 422
    answer = client.post("/auth/second-factor/setup", data=form | {"password": PASSWORD})
    assert len(re.findall("<code>([a-z0-9-]{19})</code>", answer.text)) == 10
    assert is_logged_in(client)
    assert "10 recovery codes are left" in client.get("/auth/security").text


def test_the_password_alone_opens_nothing(client: FlaskClient, make_user: MakeUser) -> None:
    user = make_user(username="ann")
    codes = add_factor(user)
    assert give_password(client, next="/archive") == "/auth/second-factor"
    assert not is_logged_in(client)
    for path in ("/desk/", "/auth/security", "/api/v1/users/me"):
        assert client.get(path).status_code in (302, 401)
    assert client.post("/auth/second-factor", data={"code": "000000"}).status_code == 422
    assert not is_logged_in(client)
    answer = client.post("/auth/second-factor", data={"code": codes[0]})
    assert (answer.status_code, answer.location) == (302, "/archive")
    assert is_logged_in(client)


def test_without_a_password_there_is_no_code_to_give(client: FlaskClient) -> None:
    assert client.get("/auth/second-factor").location == "/auth/login"
    assert client.post("/auth/second-factor", data={"code": "1"}).location == "/auth/login"


def test_the_code_is_waited_for_five_minutes(
    client: FlaskClient, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_factor(make_user(username="ann"))
    give_password(client)
    late = time.time() + 301
    monkeypatch.setattr(time, "time", lambda: late)
    assert client.get("/auth/second-factor").location == "/auth/login"


def test_a_changed_password_ends_the_wait_for_the_code(
    client: FlaskClient, make_user: MakeUser
) -> None:
    user = make_user(username="ann")
    codes = add_factor(user)
    give_password(client)
    user.set_password("Other-Horse-9")
    db.session.commit()
    answer = client.post("/auth/second-factor", data={"code": codes[0]})
    assert answer.location == "/auth/login"
    assert not is_logged_in(client)


def test_codes_cannot_be_guessed_at_will(make_app: Callable[..., Flask]) -> None:
    app = make_app(rate_limits_enabled=True)
    with app.app_context():
        user = User(username="ann", email="ann@example.org")
        user.set_password(PASSWORD)
        db.session.add(user)
        db.session.commit()
        add_factor(user)
    statuses = []
    for number in range(6):
        # Another browser and another address each time, but the same account.
        client = app.test_client()
        where = {"REMOTE_ADDR": f"192.0.2.{number}"}
        client.post(
            "/auth/login", data={"username": "ann", "password": PASSWORD}, environ_base=where
        )
        answer = client.post("/auth/second-factor", data={"code": "000000"}, environ_base=where)
        statuses.append(answer.status_code)
    assert statuses == [422] * 5 + [429]


def test_codes_are_renewed_and_switched_off_by_a_code(
    client: FlaskClient, make_user: MakeUser
) -> None:
    codes = add_factor(make_user(username="ann"))
    give_password(client)
    client.post("/auth/second-factor", data={"code": codes[0]})
    for page in ("codes", "off"):
        path = f"/auth/second-factor/{page}"
        assert client.get(path).status_code == 200
        assert client.post(path, data={"code": "wrong"}).status_code == 422
    answer = client.post("/auth/second-factor/codes", data={"code": codes[1]})
    new = re.findall("<code>([a-z0-9-]{19})</code>", answer.text)
    assert client.get("/auth/second-factor/setup").location == "/auth/security"
    assert client.post("/auth/second-factor/off", data={"code": codes[2]}).status_code == 422
    assert client.post("/auth/second-factor/off", data={"code": new[0]}).status_code == 302
    assert is_logged_in(client)
    client.post("/auth/logout")
    assert give_password(client) == "/"


@pytest.mark.parametrize(
    ("role", "where"), [(Role.AUTHOR, None), (Role.EDITOR, "setup"), (Role.ADMIN, "setup")]
)
def test_the_site_can_ask_editors_for_a_second_factor(
    app: Flask, make_user: MakeUser, log_in: LogIn, role: Role, where: str | None
) -> None:
    app.config["SECOND_FACTOR_FROM"] = "editor"
    user = make_user(role)
    client = log_in(user)
    answer = client.get("/desk/")
    if where is None:
        assert answer.status_code == 200
        return
    assert answer.location == "/auth/second-factor/setup"
    assert client.get("/admin/comments").location == "/auth/second-factor/setup"
    assert client.get("/auth/profile").status_code == 200
    assert "This site asks you" in client.get("/auth/security").text
    assert client.post("/api/v1/posts", json={"title": "x", "content": "x"}).status_code == 403
    codes = add_factor(user)
    user.username = "ann"
    db.session.commit()
    give_password(client)
    client.post("/auth/second-factor", data={"code": codes[0]})
    assert client.get("/desk/").status_code == 200


def test_the_api_asks_for_the_code_too(client: FlaskClient, make_user: MakeUser) -> None:
    codes = add_factor(make_user(username="ann"))
    login = {"username": "ann", "password": PASSWORD}
    for body in (login, login | {"code": ""}, login | {"code": "000000"}):
        assert client.post("/api/v1/auth/token", json=body).status_code == 401
    answer = client.post("/api/v1/auth/token", json=login | {"code": codes[0]})
    assert answer.status_code == 200
    answer = client.post("/api/v1/auth/token", json=login | {"code": codes[0]})
    assert answer.status_code == 401


def test_a_device_can_be_logged_out_from_another(
    app: Flask, client: FlaskClient, make_user: MakeUser, log_in: LogIn
) -> None:
    user = make_user()
    log_in(user)
    phone = app.test_client()
    form = {"username": user.username, "password": PASSWORD, "remember": "y"}
    agent = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Safari/604.1"}
    phone.post("/auth/login", data=form, headers=agent)
    assert is_logged_in(phone)
    page = client.get("/auth/security").text
    assert "Safari · iPhone" in page
    assert page.count("This device") == 1
    row = db.session.query(UserSession).filter_by(device="Safari · iPhone").one()
    assert client.post(f"/auth/sessions/{row.id}/end").location == "/auth/security"
    assert client.post(f"/auth/sessions/{row.id}/end").status_code == 404
    assert not is_logged_in(phone)  # The remember-me cookie is worthless as well.
    assert is_logged_in(client)


def test_a_copied_cookie_is_worthless_after_the_logout(
    app: Flask, client: FlaskClient, make_user: MakeUser, log_in: LogIn
) -> None:
    log_in(make_user())
    cookie = client.get_cookie("session")
    assert cookie
    thief = app.test_client()
    thief.set_cookie("session", cookie.value)
    assert is_logged_in(thief)
    client.post("/auth/logout")
    assert not is_logged_in(thief)


def test_each_login_is_a_new_session(
    client: FlaskClient, make_user: MakeUser, log_in: LogIn
) -> None:
    user = make_user()
    log_in(user)
    first = db.session.query(UserSession.key).scalar()
    log_in(user)
    assert [key for (key,) in db.session.query(UserSession.key)] != [first]
    assert db.session.query(UserSession).count() == 1
