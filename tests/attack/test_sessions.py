"""Stolen, planted and forged sessions: each ends when its owner wants, and none can be made up."""

import json
from collections.abc import Callable, Iterator
from itertools import product

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from app import db
from app.models import Role, SecondFactor, User, UserSession
from app.services import credentials, people, second_factor
from tests.conftest import PASSWORD

NEW = "Other-Horse-8"
KEYS = ("", "secret", "changeme", "dev", "your-secret-key", "testing", "a" * 32)
SALTS = ("cookie-session", "", "session", "itsdangerous")
REMEMBERED = (
    *("{id}", "{id}.", "{id}|", "{id}.{key}", "{id}.{key}|", "{id}.{key}|0", "{id}|{digest}"),
    *("{id}.{key}|{digest}x", "{other}.{mine}|{digest}", "{id}.{mine}|{digest}"),
    *("{id}.00000000000000000000000000000000|{digest}", "{id}.%|{digest}", "0.{key}|{digest}"),
    *("{id}.{key}|{digest}|{digest}", "{id}.' OR '1'='1|{digest}", "-1.{key}|", "{id}.{key}\0|"),
)


def codes(user: User) -> str:
    """Return a good code of a user who has set up the second factor."""
    return second_factor.add_recovery_codes(user)[0]


# What ends the sessions of a user, done in the browser of the user, or by an admin.
def change_password(owner: FlaskClient, user: User, _: User) -> None:
    form = {"old_password": PASSWORD, "new_password": NEW, "confirm_password": NEW}
    assert owner.post("/auth/password", data=form).status_code == 302


def log_out(owner: FlaskClient, *_: User) -> None:
    assert owner.post("/auth/logout").status_code == 302


def log_out_everywhere(owner: FlaskClient, *_: User) -> None:
    assert owner.post("/auth/logout-everywhere").status_code == 302


def end_session(owner: FlaskClient, user: User, _: User) -> None:
    found = db.session.scalars(db.select(UserSession.id).where(UserSession.user_id == user.id))
    assert owner.post(f"/auth/sessions/{found.one()}/end").status_code == 302


def set_up_second_factor(owner: FlaskClient, user: User, _: User) -> None:
    owner.get("/auth/second-factor/setup")
    with owner.session_transaction() as session:
        secret = second_factor.secret_of(user, session["second-factor-salt"])
    form = {"code": pyotp.TOTP(secret).now(), "password": PASSWORD}
    assert owner.post("/auth/second-factor/setup", data=form).status_code == 200
    assert db.session.scalar(db.select(db.func.count(SecondFactor.user_id))) == 1


def switch_off_second_factor(owner: FlaskClient, user: User, _: User) -> None:
    user.has_second_factor = True
    db.session.add(SecondFactor(user_id=user.id, salt=second_factor.new_salt()))
    code = codes(user)
    db.session.commit()
    assert owner.post("/auth/second-factor/off", data={"code": code}).status_code == 302


def reset_password(owner: FlaskClient, user: User, _: User) -> None:
    signer = credentials.signer("reset-password")
    link = str(signer.dumps([user.id, credentials.fingerprint(user)]))
    form = {"new_password": NEW, "confirm_password": NEW}
    browser = owner.application.test_client()
    assert browser.post(f"/auth/reset/{link}", data=form).status_code == 302


def change_role(_: FlaskClient, user: User, admin: User) -> None:
    people.change_person(user_id=user.id, actor=admin, role="editor")


def close_account(_: FlaskClient, user: User, admin: User) -> None:
    people.change_person(user_id=user.id, actor=admin, is_active=False)


def be_logged_out(_: FlaskClient, user: User, admin: User) -> None:
    people.end_sessions(user_id=user.id, actor=admin)


def lose_second_factor(_: FlaskClient, user: User, admin: User) -> None:
    people.remove_second_factor(user_id=user.id, actor=admin)


ENDS = (
    *(change_password, log_out, log_out_everywhere, end_session, set_up_second_factor),
    *(switch_off_second_factor, reset_password, change_role, close_account, be_logged_out),
    lose_second_factor,
)
COOKIES = (("session",), ("remember",), ("session", "remember"))
TRIED = len(ENDS) * len(COOKIES) + len(KEYS) * len(SALTS) + len(REMEMBERED) + 4


def is_signed_in(browser: FlaskClient) -> bool:
    """Say whether a browser is let into an account."""
    status = browser.get("/auth/profile").status_code
    assert status in (200, 302)
    return status == 200


def thief(app: Flask, owner: FlaskClient, names: tuple[str, ...]) -> FlaskClient:
    """Return a browser with copies of another's cookies."""
    browser = app.test_client()
    for name in names:
        cookie = owner.get_cookie(name)
        assert cookie
        browser.set_cookie(name, cookie.value)
    return browser


@pytest.fixture
def owner(app: Flask, make_user: Callable[..., User]) -> FlaskClient:
    """Give a remembered browser of the user `owner`."""
    make_user(username="owner")
    browser = app.test_client()
    form = {"username": "owner", "password": PASSWORD, "remember": "y"}
    assert browser.post("/auth/login", data=form).status_code == 302
    return browser


@pytest.mark.parametrize("end", ENDS)
def test_a_stolen_cookie_ends_with_the_session(
    app: Flask,
    owner: FlaskClient,
    make_user: Callable[..., User],
    end: Callable[[FlaskClient, User, User], None],
) -> None:
    admin = make_user(Role.ADMIN)
    user = db.session.scalars(db.select(User).where(User.username == "owner")).one()
    thieves = [thief(app, owner, names) for names in COOKIES]
    assert all(map(is_signed_in, thieves))
    thieves = [thief(app, owner, names) for names in COOKIES]
    end(owner, user, admin)
    assert not any(map(is_signed_in, thieves))


def forged_sessions(user_id: str) -> Iterator[str]:
    """Give session cookies signed by keys that are not the site's."""
    content = {"_user_id": user_id, "_fresh": True, "_id": "x"}
    for key, salt in product(KEYS, SALTS):
        yield str(URLSafeTimedSerializer(key, salt=salt).dumps(content))


def test_no_session_can_be_made_up(app: Flask, owner: FlaskClient) -> None:
    key = db.session.scalars(db.select(UserSession)).one()
    cookies = list(forged_sessions(f"{key.user_id}.{key.key}"))
    good = owner.get_cookie("session")
    assert good
    plain = json.dumps({"_user_id": f"{key.user_id}.{key.key}"})
    cookies += [plain, good.value[:-1], TimestampSigner("x").sign(plain).decode()]
    for cookie in cookies:
        browser = app.test_client()
        browser.set_cookie("session", cookie)
        assert not is_signed_in(browser), cookie


def test_no_remembered_login_can_be_made_up(
    app: Flask, owner: FlaskClient, make_user: Callable[..., User], sign_in: Callable
) -> None:
    theirs = db.session.scalars(db.select(UserSession)).one()
    make_user(username="thief")
    own = app.test_client()
    own.post("/auth/login", data={"username": "thief", "password": PASSWORD, "remember": "y"})
    cookie = own.get_cookie("remember")
    assert cookie
    mine, digest = cookie.value.split("|")
    values = {"id": theirs.user_id, "key": "0" * 32, "digest": digest, "other": theirs.user_id}
    for form in REMEMBERED:
        browser = app.test_client()
        value = form.format(mine=mine.split(".")[1], **values)
        browser.set_cookie("remember", value.replace("\0", "%00"))
        assert not is_signed_in(browser), form


def test_a_planted_session_is_not_the_one_that_a_login_opens(
    app: Flask, make_user: Callable[..., User]
) -> None:
    user = make_user()
    planted = app.test_client()
    planted.get("/auth/login")
    victim = thief(app, planted, ("session",))
    victim.post("/auth/login", data={"username": user.username, "password": PASSWORD})
    assert is_signed_in(victim)
    assert not is_signed_in(planted)
    with victim.session_transaction() as after, planted.session_transaction() as before:
        assert set(after) & set(before) <= {"_fresh", "csrf_token", "_permanent"}
        assert after.get("csrf_token") is None or after["csrf_token"] != before.get("csrf_token")


def test_a_login_ends_the_session_that_was_planted_signed_in(
    app: Flask, make_user: Callable[..., User], sign_in: Callable[..., FlaskClient]
) -> None:
    attacker, user = make_user(username="attacker"), make_user()
    planted = sign_in(attacker)
    victim = thief(app, planted, ("session",))
    victim.post("/auth/login", data={"username": user.username, "password": PASSWORD})
    assert user.username in victim.get("/auth/profile").text
    assert not is_signed_in(planted)


def test_each_login_has_a_key_of_its_own(
    app: Flask, make_user: Callable[..., User], sign_in: Callable[..., FlaskClient]
) -> None:
    user = make_user()
    for _ in range(3):
        sign_in(user)
    keys = db.session.scalars(db.select(UserSession.key)).all()
    assert len(set(keys)) == 3
    assert all(len(key) == 32 for key in keys)


def test_every_cookie_is_bound_to_https_and_out_of_reach_of_scripts(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(https=True, site_url="https://blog.example.org", trusted_proxy_hops=1)
    base = "https://blog.example.org"
    with app.app_context():
        user = User(username="ann", email="ann@example.org")
        user.set_password(PASSWORD)
        db.session.add(user)
        db.session.commit()
    browser = app.test_client()
    form = {"username": "ann", "password": PASSWORD, "remember": "y"}
    answers = [
        browser.get("/auth/login", base_url=base),
        browser.post("/auth/login", data=form, base_url=base),
        browser.get("/language/zh", base_url=base),
        browser.post("/auth/logout", base_url=base),
    ]
    cookies = [line for answer in answers for line in answer.headers.getlist("Set-Cookie")]
    names = {line.split("=")[0] for line in cookies}
    assert names == {"__Host-session", "__Host-remember", "__Secure-known_device", "lang"}
    for line in cookies:
        flags = line.split("; ")[1:]
        assert "Secure" in flags, line
        assert "HttpOnly" in flags, line
        assert "SameSite=Lax" in flags, line
        assert not any(flag.startswith("Domain") for flag in flags), line
        assert not line.startswith("__Host-") or "Path=/" in flags, line
