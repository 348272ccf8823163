"""Open redirects: whatever an address asks for, a visitor stays on the site."""

from collections.abc import Callable

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import db
from app.models import Role, SecondFactor, Upload, User
from app.services import second_factor
from tests.attack.redirects import PAYLOADS, leads_away
from tests.attack.wire import get_path
from tests.conftest import PASSWORD

PLACES = ("language", "login again", "moderate", "library", "path", "path of a room")
SOME = PAYLOADS[::8]  # A login is slow; all of these places ask the same function.
TRIED = len(PAYLOADS) * len(PLACES) + 2 * len(SOME)


def places(anyone: FlaskClient, editor: FlaskClient, file_id: int) -> dict[str, Callable]:
    """Return every place that follows an address, as a function from it to the Location."""
    app = anyone.application
    return {
        "language": lambda to: anyone.get("/language/en", query_string={"next": to}).location,
        "login again": lambda to: editor.get("/auth/login", query_string={"next": to}).location,
        "moderate": lambda to: (
            editor.post("/admin/comments", data={"verdict": "approve", "next": to}).location
        ),
        "library": lambda to: (
            editor.post(f"/desk/media/{file_id}", data={"alt": "", "next": to}).location
        ),
        # The login page is told by which address it was met, and an address without its slash
        # is sent to the one with it.
        "path": lambda to: get_path(app, to).location or "/",
        "path of a room": lambda to: get_path(app, f"{to}/../admin").location or "/",
    }


@pytest.mark.parametrize("place", PLACES)
def test_nobody_is_led_away(
    app: Flask,
    make_user: Callable[..., User],
    sign_in: Callable[..., FlaskClient],
    place: str,
) -> None:
    editor = make_user(Role.EDITOR)
    file = Upload(path="aa/b.png", filename="b", media_type="image/png", size=1, owner_id=editor.id)
    db.session.add(file)
    db.session.commit()
    follow = places(app.test_client(), sign_in(editor), file.id)[place]
    away = [payload for payload in PAYLOADS if leads_away(follow(payload))]
    assert away == []


def test_a_login_leads_to_a_page_of_the_site(app: Flask, make_user: Callable[..., User]) -> None:
    login = {"username": make_user().username, "password": PASSWORD}
    for payload in SOME:
        answer = app.test_client().post("/auth/login", data=login | {"next": payload})
        assert answer.status_code == 302
        assert not leads_away(answer.location), payload


def test_the_second_factor_leads_to_a_page_of_the_site(
    app: Flask, make_user: Callable[..., User]
) -> None:
    user = make_user(has_second_factor=True)
    salt = second_factor.new_salt()
    for payload in SOME:
        db.session.merge(SecondFactor(user_id=user.id, salt=salt, last_step=0))
        db.session.commit()
        browser = app.test_client()
        login = {"username": user.username, "password": PASSWORD, "next": payload}
        assert browser.post("/auth/login", data=login).status_code == 302
        code = pyotp.TOTP(second_factor.secret_of(user, salt)).now()
        answer = browser.post("/auth/second-factor", data={"code": code})
        assert answer.status_code == 302
        assert not leads_away(answer.location), payload


def test_the_list_is_long_and_its_reading_of_addresses_is_a_browsers() -> None:
    assert len(PAYLOADS) >= 300
    for away in ("//a", "/\\a", "\\\\a", "https:a", "/\t/a", " //a", "javascript:x", "///a"):
        assert leads_away(away), away
    for here in ("/", "/a//b", "a", "/?//a", "http://localhost/x", "#//a"):
        assert not leads_away(here), here
