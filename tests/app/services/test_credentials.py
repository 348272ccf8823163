"""Passwords, sessions, and the links in mails."""

import re
import time
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models import OutboxMessage, User
from app.services import accounts, credentials, outbox, sessions
from app.services.errors import Invalid, NotFound

PASSWORD = "Correct-Horse-7"
NEW_PASSWORD = "Better-Horse-8"
MakeUser = Callable[..., User]


def mails() -> list[dict[str, str]]:
    """Return the queued mails, the oldest first."""
    rows = db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
    return [row.payload for row in rows if row.kind == "mail" and row.payload]


def cookie_of(user: User) -> str:
    """Log a user in and return what the cookie holds."""
    sessions.start(user=user, address="192.0.2.1", agent="")
    return user.get_id()


def token_in(mail: dict[str, str]) -> str:
    """Return the token of the link in a mail."""
    found = re.search(r"http://localhost/auth/(?:verify|reset)/(\S+)", mail["text"])
    assert found
    return found[1]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Give a function that lets the clock of the links run ahead."""
    now = time.time

    def run_ahead(seconds: float) -> None:
        monkeypatch.setattr(time, "time", lambda: now() + seconds)

    return run_ahead


def reset_token(user: User) -> str:
    """Ask for a link and read it from the mail, as the worker queues it."""
    credentials.request_password_reset(email=user.email)
    request = db.session.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.kind == credentials.RESET_KIND)
        .order_by(OutboxMessage.id.desc())
    ).first()
    assert request
    credentials.queue_reset_link(**request.payload)
    db.session.commit()
    return token_in(mails()[-1])


def test_a_changed_password_opens_and_ends_every_session(app: Flask, make_user: MakeUser) -> None:
    user = make_user(username="ann")
    cookie = cookie_of(user)
    credentials.change_password(user=user, old_password=PASSWORD, new_password=NEW_PASSWORD)
    assert sessions.find_user(cookie) is None
    assert sessions.find_user(cookie_of(user)) is user
    assert accounts.authenticate(login="ann", password=PASSWORD) is None
    assert accounts.authenticate(login="ann", password=NEW_PASSWORD) is user


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("Wrong-Horse-7", NEW_PASSWORD, "old_password"),
        (PASSWORD, PASSWORD, "new_password"),
        (PASSWORD, "weak", "new_password"),
    ],
)
def test_a_password_changes_only_by_the_rules(
    app: Flask, make_user: MakeUser, old: str, new: str, field: str
) -> None:
    user = make_user()
    cookie = cookie_of(user)
    with pytest.raises(Invalid) as caught:
        credentials.change_password(user=user, old_password=old, new_password=new)
    assert set(caught.value.fields) == {field}
    assert sessions.find_user(cookie) is user


def test_sessions_end_on_request(app: Flask, make_user: MakeUser) -> None:
    user = make_user()
    cookie = cookie_of(user)
    credentials.end_sessions(user=user)
    assert sessions.find_user(cookie) is None


def test_a_link_confirms_the_address_once(app: Flask) -> None:
    app.config["REQUIRE_EMAIL_VERIFICATION"] = True
    user = accounts.register(username="ann", email="ann@example.org", password=PASSWORD)
    token = token_in(mails()[0])
    assert credentials.verify_email(token=token) is user
    assert user.is_verified
    with pytest.raises(NotFound):
        credentials.verify_email(token=token)
    credentials.resend_verification(user=user)
    assert len(mails()) == 1


def test_a_link_confirms_only_the_address_it_was_sent_to(app: Flask) -> None:
    app.config["REQUIRE_EMAIL_VERIFICATION"] = True
    user = accounts.register(username="ann", email="ann@example.org", password=PASSWORD)
    user.email = "other@example.org"
    db.session.commit()
    with pytest.raises(NotFound):
        credentials.verify_email(token=token_in(mails()[0]))
    credentials.resend_verification(user=user)
    assert mails()[1]["to"] == "other@example.org"
    credentials.verify_email(token=token_in(mails()[1]))
    assert user.is_verified


def test_a_confirmation_link_lives_a_day(app: Flask, later: Callable[[float], None]) -> None:
    app.config["REQUIRE_EMAIL_VERIFICATION"] = True
    accounts.register(username="ann", email="ann@example.org", password=PASSWORD)
    later(24 * 3600 - 60)
    assert credentials.user_to_verify(token=token_in(mails()[0])).username == "ann"
    later(24 * 3600 + 60)
    with pytest.raises(NotFound):
        credentials.user_to_verify(token=token_in(mails()[0]))


def test_a_reset_link_sets_a_password_once_and_ends_sessions(
    app: Flask, make_user: MakeUser
) -> None:
    user = make_user(username="ann")
    cookie, token = cookie_of(user), reset_token(user)
    with pytest.raises(Invalid):
        credentials.reset_password(token=token, new_password="weak")
    assert credentials.reset_password(token=token, new_password=NEW_PASSWORD) is user
    assert accounts.authenticate(login="ann", password=NEW_PASSWORD) is user
    assert sessions.find_user(cookie) is None
    assert user.email_verified_at is not None
    with pytest.raises(NotFound):
        credentials.reset_password(token=token, new_password="Third-Horse-9")


def test_a_reset_link_lives_an_hour(
    app: Flask, make_user: MakeUser, later: Callable[[float], None]
) -> None:
    token = reset_token(make_user())
    later(3600 - 60)
    assert credentials.user_to_reset(token=token)
    later(3600 + 60)
    with pytest.raises(NotFound):
        credentials.user_to_reset(token=token)


def test_a_link_for_one_purpose_does_not_serve_another(app: Flask, make_user: MakeUser) -> None:
    token = reset_token(make_user())
    with pytest.raises(NotFound):
        credentials.user_to_verify(token=token)


@pytest.mark.parametrize("token", ["", "x", "W10.x.y", "标签"])
def test_what_is_no_token_leads_nowhere(app: Flask, token: str) -> None:
    with pytest.raises(NotFound):
        credentials.user_to_reset(token=token)


def test_a_reset_looks_the_same_for_every_address_and_mails_only_known_ones(
    app: Flask, make_user: MakeUser, count_statements: Callable[..., object]
) -> None:
    make_user(email="ann@example.org")
    make_user(email="gone@example.org", is_active=False)
    statements = []
    for email in ("ann@example.org", "gone@example.org", "nobody@example.org", "no address"):
        with count_statements() as seen:
            credentials.request_password_reset(email=email)
        statements.append(list(seen))
    assert all(other == statements[0] for other in statements)
    outbox.deliver_due()
    sent = db.session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "mail")).all()
    assert len(sent) == 1


def test_the_mail_is_in_the_language_of_the_page(app: Flask, make_user: MakeUser) -> None:
    user = make_user()
    credentials.queue_reset_link(email=user.email, locale="zh_Hans_CN")
    db.session.commit()
    assert 'lang="zh-Hans"' in mails()[0]["html"]
