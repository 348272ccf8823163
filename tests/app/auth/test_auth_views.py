"""The account pages as their users see them."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select

from app.extensions import db
from app.models import OutboxMessage, Role, User

PASSWORD = "Correct-Horse-7"
NEW_PASSWORD = "Better-Horse-8"
MakeUser = Callable[..., User]
LogIn = Callable[..., FlaskClient]
FORM = {
    "username": "ann",
    "email": "ann@example.org",
    "password": PASSWORD,
    "confirm_password": PASSWORD,
    "agree_terms": "y",
}
FORM_TOKEN = r'"[^"]+\.[\w-]{6}\.[\w-]{27}"'


def users() -> int:
    return db.session.scalar(select(func.count(User.id))) or 0


def is_logged_in(client: FlaskClient) -> bool:
    return client.get("/auth/profile").status_code == 200


def test_registering_leads_to_the_login_page_and_logging_in_to_the_profile(
    client: FlaskClient,
) -> None:
    answer = client.post("/auth/register", data=FORM)
    assert (answer.status_code, answer.location) == (302, "/auth/login")
    assert "Welcome" in client.get("/auth/login").text
    client.post("/auth/login", data={"username": "ann", "password": PASSWORD})
    page = client.get("/auth/profile").text
    assert "ann@example.org" in page
    assert 'href="/authors/ann"' in page


@pytest.mark.parametrize(("language", "words"), [("en", "already"), ("zh", "已被")])
def test_a_taken_name_and_address_say_so(
    client: FlaskClient, make_user: MakeUser, language: str, words: str
) -> None:
    make_user(username="ann", email="ann@example.org")
    client.set_cookie("lang", language)
    answer = client.post("/auth/register", data=FORM)
    assert answer.status_code == 200
    assert answer.text.count(words) == 2
    assert users() == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"username": "1x"}, "3 to 20 characters"),
        ({"email": "nothing"}, "not an e-mail address"),
        ({"password": "weak", "confirm_password": "weak"}, "8 to 128 characters"),
        ({"confirm_password": "Other-Horse-7"}, "passwords differ"),
        ({"agree_terms": ""}, "Without this"),
        ({"username": ""}, "needed"),
    ],
)
def test_a_form_with_a_fault_is_shown_again_with_what_was_typed(
    client: FlaskClient, change: dict[str, str], words: str
) -> None:
    answer = client.post("/auth/register", data=FORM | change)
    assert answer.status_code == 200
    assert words in answer.text
    assert (FORM | change)["email"] in answer.text
    assert PASSWORD not in answer.text
    assert users() == 0


def test_closed_registration_says_so(app: Flask, client: FlaskClient) -> None:
    app.config["REGISTRATION"] = "closed"
    assert "Registration is closed" in client.get("/auth/register").text
    assert client.post("/auth/register", data=FORM).status_code == 403
    assert "/auth/register" not in client.get("/auth/login").text
    assert users() == 0


@pytest.mark.parametrize(("language", "word"), [("en", "error"), ("zh", "错误")])
def test_a_failed_login_says_the_same_whatever_was_wrong(
    client: FlaskClient, make_user: MakeUser, language: str, word: str
) -> None:
    make_user(username="ann")
    make_user(username="gone", is_active=False)
    client.set_cookie("lang", language)
    pages = []
    for name, password in (("ann", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD)):
        answer = client.post("/auth/login", data={"username": name, "password": password})
        assert answer.status_code == 200
        page = answer.text.replace(f'value="{name}"', "")
        pages.append(re.sub(FORM_TOKEN, "", page))  # It carries the second it was made in.
    assert word in pages[0]
    assert pages[0] == pages[1] == pages[2]
    assert not is_logged_in(client)


def test_the_address_opens_too(client: FlaskClient, make_user: MakeUser) -> None:
    make_user(email="ann@example.org")
    client.post("/auth/login", data={"username": "Ann@example.org", "password": PASSWORD})
    assert is_logged_in(client)


@pytest.mark.parametrize(
    ("target", "where"),
    [
        ("/desk/?state=drafts", "/desk/?state=drafts"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("https://evil.example/", "/"),
        ("", "/"),
    ],
)
def test_after_login_only_pages_of_this_site_follow(
    client: FlaskClient, make_user: MakeUser, target: str, where: str
) -> None:
    user = make_user()
    form = client.get("/auth/login", query_string={"next": target}).text
    kept = re.search(r'name="next" value="([^"]*)"', form)
    assert kept
    answer = client.post(
        "/auth/login",
        data={
            "username": user.username,
            "password": PASSWORD,
            "next": kept[1].replace("&amp;", "&"),
        },
    )
    assert (answer.status_code, answer.location) == (302, where)
    again = client.get("/auth/login", query_string={"next": target})
    assert (again.status_code, again.location) == (302, where)


def test_a_page_for_users_leads_to_login_and_back(client: FlaskClient, make_user: MakeUser) -> None:
    user = make_user()
    answer = client.get("/desk/?state=drafts")
    assert answer.status_code == 302
    answer = client.post(answer.location, data={"username": user.username, "password": PASSWORD})
    assert answer.location == "/desk/?state=drafts"


def test_a_login_starts_a_new_session(client: FlaskClient, make_user: MakeUser) -> None:
    user = make_user()
    with client.session_transaction() as session:
        session["planted"] = "by someone else"
    client.post("/auth/login", data={"username": user.username, "password": PASSWORD})
    with client.session_transaction() as session:
        assert "planted" not in session


def remember_cookie(client: FlaskClient) -> Any:
    return client.get_cookie("remember")


def test_a_remembered_login_outlives_the_session_until_logout(
    log_in: LogIn, make_user: MakeUser
) -> None:
    client = log_in(make_user(), remember="y")
    client.delete_cookie("session")
    assert is_logged_in(client)
    client.post("/auth/logout")
    assert remember_cookie(client) is None
    assert not is_logged_in(client)


def test_a_login_without_the_tick_is_not_remembered_and_forgets_who_was(
    log_in: LogIn, make_user: MakeUser
) -> None:
    client = log_in(make_user(), remember="y")
    client.delete_cookie("session")
    client.post("/auth/login", data={"username": make_user().username, "password": PASSWORD})
    client.delete_cookie("session")
    assert not is_logged_in(client)


def test_logging_out_takes_a_button(log_in: LogIn, make_user: MakeUser) -> None:
    client = log_in(make_user())
    page = client.get("/auth/logout")
    assert page.status_code == 200
    assert '<form class="form" method="post" action="/auth/logout">' in page.text
    assert is_logged_in(client)
    assert client.post("/auth/logout").status_code == 302
    assert not is_logged_in(client)
    assert client.get("/auth/logout").status_code == 200


def test_a_deactivated_user_is_out_at_once(log_in: LogIn, make_user: MakeUser) -> None:
    user = make_user()
    client = log_in(user)
    user.is_active = False
    db.session.commit()
    assert not is_logged_in(client)


def test_a_changed_password_ends_the_other_sessions_and_keeps_this_one(
    app: Flask, log_in: LogIn, make_user: MakeUser
) -> None:
    user = make_user()
    here, there = log_in(user), app.test_client()
    login = {"username": user.username, "password": PASSWORD, "remember": "y"}
    there.post("/auth/login", data=login)
    assert is_logged_in(there)
    assert "Present password" in here.get("/auth/password").text
    form = {"new_password": NEW_PASSWORD, "confirm_password": NEW_PASSWORD}
    assert here.post("/auth/password", data=form | {"old_password": "no"}).status_code == 422
    answer = here.post("/auth/password", data=form | {"old_password": PASSWORD})
    assert (answer.status_code, answer.location) == (302, "/auth/profile")
    assert is_logged_in(here)
    assert not is_logged_in(there)
    assert there.post("/auth/login", data=login).status_code == 200


def test_a_remembered_device_stays_remembered_after_changing_the_password(
    log_in: LogIn, make_user: MakeUser
) -> None:
    client = log_in(make_user(), remember="y")
    form = {"new_password": NEW_PASSWORD, "confirm_password": NEW_PASSWORD}
    client.post("/auth/password", data=form | {"old_password": PASSWORD})
    client.delete_cookie("session")
    assert is_logged_in(client)


def test_logging_out_everywhere_ends_every_session(
    app: Flask, log_in: LogIn, make_user: MakeUser
) -> None:
    user = make_user()
    here, there = log_in(user), app.test_client()
    there.post(
        "/auth/login", data={"username": user.username, "password": PASSWORD, "remember": "y"}
    )
    assert here.get("/auth/logout-everywhere").status_code == 200
    assert is_logged_in(there)
    here.post("/auth/logout-everywhere")
    assert not is_logged_in(here)
    assert not is_logged_in(there)


def test_the_profile_is_changed_and_shown(log_in: LogIn, make_user: MakeUser) -> None:
    client = log_in(make_user(Role.GUEST))
    form = {"nickname": "Ann B", "bio": "Hello", "avatar_url": "https://pics.example.org/a.png"}
    assert client.post("/auth/profile", data=form).location == "/auth/profile"
    page = client.get("/auth/profile").text
    for words in (
        "Your profile is saved",
        'value="Ann B"',
        "Hello",
        "https://pics.example.org/a.png",
    ):
        assert words in page


def test_a_profile_with_a_fault_is_kept_in_the_form(log_in: LogIn, make_user: MakeUser) -> None:
    client = log_in(make_user())
    form = {"nickname": "Ann", "bio": "b" * 1001, "avatar_url": "http://x.org/a.png"}
    answer = client.post("/auth/profile", data=form)
    assert answer.status_code == 422
    assert "at most 1000 characters" in answer.text
    assert "begins with https://" in answer.text


def test_a_sent_picture_becomes_the_avatar(log_in: LogIn, make_user: MakeUser, app: Flask) -> None:
    client = log_in(make_user())
    output = io.BytesIO()
    Image.new("RGB", (9, 9), "red").save(output, "PNG")
    output.seek(0)
    client.post("/auth/profile", data={"nickname": "A", "avatar": (output, "me.png")})
    page = client.get("/auth/profile").text
    path = re.search(r'src="(/uploads/[^"]+\.png)"', page)
    assert path
    with client.get(path[1]) as picture:
        assert picture.status_code == 200
    # The form now holds the upload's address; saving it again must not be refused.
    assert client.post("/auth/profile", data={"avatar_url": path[1]}).status_code == 302
    broken = client.post("/auth/profile", data={"avatar": (io.BytesIO(b"x"), "me.png")})
    assert broken.status_code == 422
    assert "not a PNG" in broken.text


def test_an_unconfirmed_user_may_only_see_to_the_own_profile(
    app: Flask, client: FlaskClient
) -> None:
    app.config["REQUIRE_EMAIL_VERIFICATION"] = True
    client.post("/auth/register", data=FORM)
    assert "follow the link" in client.get("/auth/login").text
    answer = client.post(
        "/auth/login", data={"username": "ann", "password": PASSWORD, "next": "/desk/"}
    )
    assert answer.location == "/auth/profile"
    assert "not confirmed yet" in client.get("/auth/profile").text
    assert client.post("/auth/profile", data={"nickname": "Ann"}).status_code == 302
    assert client.get("/desk/").status_code == 403
    assert client.post("/auth/verify").location == "/auth/profile"
    assert db.session.scalar(select(func.count(OutboxMessage.id))) == 2


def test_every_form_is_refused_without_its_token(app: Flask, client: FlaskClient) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    for path in ("/auth/register", "/auth/login", "/auth/logout", "/auth/reset"):
        assert client.post(path, data=FORM).status_code == 400


def test_hints_and_faults_are_tied_to_their_field(client: FlaskClient) -> None:
    page = client.post("/auth/register", data=FORM | {"username": "1x"}).text
    control = re.search(r'<input[^>]* name="username"[^>]*>', page)
    assert control
    assert 'aria-describedby="username-hint username-faults"' in control[0]
    assert 'aria-invalid="true"' in control[0]
    assert 'id="username-hint"' in page
    assert 'id="username-faults"' in page
    assert "aria-invalid" not in client.get("/auth/register").text
