"""The pages behind the links in mails."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.extensions import db
from app.models import User
from app.services import outbox

PASSWORD = "Correct-Horse-7"
NEW_PASSWORD = "Better-Horse-8"


@pytest.fixture
def mailbox(app: Flask, start_mail_server: Callable[..., Any]) -> Any:
    """Start a mail server that the application sends to."""
    mailbox = start_mail_server()
    app.config["SMTP_URL"] = f"smtp+plain://127.0.0.1:{mailbox.port}"
    return mailbox


def link_in_last_mail(mailbox: Any) -> str:
    """Carry out what is queued and return the path of the link that was mailed."""
    outbox.deliver_due()
    text = mailbox.messages[-1].get_body(("plain",)).get_content()
    found = re.search(r"http://localhost(/auth/\S+)", text)
    assert found
    return found[1]


def test_the_link_in_the_mail_confirms_the_address_when_the_button_is_pressed(
    app: Flask, client: FlaskClient, mailbox: Any
) -> None:
    app.config["REQUIRE_EMAIL_VERIFICATION"] = True
    form = {"username": "ann", "email": "ann@example.org", "agree_terms": "y"}
    client.post("/auth/register", data=form | {"password": PASSWORD, "confirm_password": PASSWORD})
    link = link_in_last_mail(mailbox)
    assert "ann@example.org" in client.get(link).text
    user = db.session.scalars(select(User)).one()
    assert not user.is_verified
    assert client.post(link).location == "/auth/login"
    db.session.refresh(user)
    assert user.is_verified
    page = client.get(link)
    assert page.status_code == 404
    assert "used before" in page.text


def test_a_signed_in_user_confirms_and_is_back_on_the_profile(
    app: Flask, log_in: Callable[..., FlaskClient], make_user: Callable[..., User], mailbox: Any
) -> None:
    app.config["REQUIRE_EMAIL_VERIFICATION"] = True
    client = log_in(make_user())
    client.post("/auth/verify")
    assert client.post(link_in_last_mail(mailbox)).location == "/auth/profile"
    assert client.get("/desk/").status_code == 200


def test_the_link_in_the_mail_sets_a_new_password(
    client: FlaskClient, make_user: Callable[..., User], mailbox: Any
) -> None:
    user = make_user()
    assert client.get("/auth/reset").status_code == 200
    client.post("/auth/reset", data={"email": user.email})
    link = link_in_last_mail(mailbox)
    assert client.get(link).status_code == 200
    weak = client.post(link, data={"new_password": "weak", "confirm_password": "weak"})
    assert weak.status_code == 422
    new = {"new_password": NEW_PASSWORD, "confirm_password": NEW_PASSWORD}
    assert client.post(link, data=new).location == "/auth/login"
    login = client.post("/auth/login", data={"username": user.username, "password": NEW_PASSWORD})
    assert login.status_code == 302
    assert client.get(link).status_code == 404


def test_asking_for_a_link_answers_the_same_for_every_address(
    client: FlaskClient, make_user: Callable[..., User]
) -> None:
    make_user(email="ann@example.org")
    answers = []
    for email in ("ann@example.org", "nobody@example.org"):
        answer = client.post("/auth/reset", data={"email": email}, follow_redirects=True)
        # The form token carries the time.
        page = re.sub('(name="csrf[^>]*) (value|content)="[^"]*"', r"\1", answer.text)
        answers.append((answer.status_code, page))
    assert answers[0] == answers[1]
    assert "is on its way" in answers[0][1]


def test_what_is_no_address_is_told(client: FlaskClient) -> None:
    answer = client.post("/auth/reset", data={"email": "nothing"})
    assert answer.status_code == 422
    assert "not an e-mail address" in answer.text


@pytest.mark.parametrize("path", ["/auth/verify/nonsense", "/auth/reset/nonsense"])
def test_a_forged_link_leads_nowhere(client: FlaskClient, path: str) -> None:
    for answer in (client.get(path), client.post(path)):
        assert answer.status_code == 404
        assert 'href="/auth/reset"' in answer.text
