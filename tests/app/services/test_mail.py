"""Mails are written whole, in two forms, with links to the site's own address."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models import OutboxMessage, Role, User
from app.services import mail
from app.services.errors import Invalid

MakeUser = Callable[..., User]


def queued() -> dict[str, str]:
    """Return the one queued mail."""
    return db.session.scalars(select(OutboxMessage)).one().payload


def write(**changes: str) -> None:
    """Send a message by the contact form."""
    given = {"name": "Ann", "email": "ann@example.org", "message": "Hello\nthere"}
    mail.send_contact_message(**{**given, **changes})


def test_a_message_reaches_the_configured_owner_and_can_be_answered(app: Flask) -> None:
    app.config["CONTACT_EMAIL"] = "owner@example.org"
    write()
    sent = queued()
    assert sent["to"] == "owner@example.org"
    assert sent["reply_to"] == "ann@example.org"
    assert sent["subject"] == "[Ironpress] Message from Ann"
    assert "Ann <ann@example.org> wrote:\n\nHello\nthere" in sent["text"]


def test_without_a_configured_owner_the_first_active_admin_is_written_to(
    app: Flask, make_user: MakeUser
) -> None:
    make_user(Role.ADMIN, email="gone@example.org", is_active=False)
    make_user(Role.ADMIN, email="first@example.org")
    make_user(Role.ADMIN, email="second@example.org")
    write()
    assert queued()["to"] == "first@example.org"


def test_a_message_to_nobody_is_refused(app: Flask) -> None:
    with pytest.raises(Invalid):
        write()


def test_a_subject_cannot_smuggle_headers_in(app: Flask) -> None:
    app.config["CONTACT_EMAIL"] = "owner@example.org"
    write(subject="Hi\r\nBcc: all@example.org", name="A\nB")
    assert queued()["subject"] == "[Ironpress] Hi Bcc: all@example.org"
    assert "\n" not in queued()["subject"]


def test_the_html_form_shows_markup_as_text(app: Flask) -> None:
    app.config["CONTACT_EMAIL"] = "owner@example.org"
    write(message="<script>alert(1)</script>\nsecond line")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;<br>second line" in queued()["html"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "n" * 81}, "name"),
        ({"message": "\n"}, "message"),
        ({"message": "m" * 5001}, "message"),
        ({"email": "ann"}, "email"),
        ({"subject": "s" * 151}, "subject"),
    ],
)
def test_a_message_that_cannot_be_sent_says_why(
    app: Flask, changes: dict[str, str], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        write(**changes)
    assert set(caught.value.fields) == {field}


def test_links_begin_with_the_sites_address_whatever_host_was_asked(
    app: Flask, make_user: MakeUser
) -> None:
    user = make_user()
    with app.test_request_context(headers={"Host": "evil.example"}):
        mail.queue_password_reset(user=user, token="abc")
        db.session.commit()
    for form in ("text", "html"):
        assert "http://localhost/auth/reset/abc" in queued()[form]
        assert "evil.example" not in queued()[form]
