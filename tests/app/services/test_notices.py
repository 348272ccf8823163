"""Replies and waiting comments are told by mail, once, to those who want to know."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.extensions import db
from app.models import Comment, OutboxMessage, Post, Role, User
from app.models.base import utc_now
from app.services import comments, notices, outbox

MakeUser = Callable[..., User]


@pytest.fixture
def mailbox(app: Flask, start_mail_server: Callable[..., Any]) -> Any:
    """Start a mail server that the application sends to."""
    mailbox = start_mail_server()
    app.config["SMTP_URL"] = f"smtp+plain://127.0.0.1:{mailbox.port}"
    return mailbox


@pytest.fixture
def ann(make_user: MakeUser) -> User:
    return make_user(Role.GUEST, username="ann", email="ann@example.org")


@pytest.fixture
def thread(
    ann: User, make_post: Callable[..., Post], make_comment: Callable[..., Comment]
) -> Comment:
    """Give a comment of Ann's."""
    return make_comment(make_post(slug="a", title="On ink"), ann)


def deliver() -> None:
    while outbox.deliver_due():
        pass


def reply(thread: Comment, author: User, content: str = "I *agree*.") -> Comment:
    return comments.add_comment(slug="a", author=author, content=content, parent_id=thread.id)


def test_a_reply_is_mailed_in_the_receivers_language(
    mailbox: Any, ann: User, thread: Comment, make_user: MakeUser
) -> None:
    ann.language = "zh_Hans_CN"
    db.session.commit()
    answer = reply(thread, make_user(Role.EDITOR, nickname="Bob"))
    deliver()
    (sent,) = mailbox.messages
    assert sent["To"] == "ann@example.org"
    assert sent["Subject"] == "Bob 在《On ink》中回复了您"
    text, html = (sent.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert "I *agree*." in text
    assert f"http://localhost/articles/a#comment-{answer.id}" in text
    assert '<html lang="zh-Hans">' in html


def test_a_reply_that_waits_is_told_once_it_is_approved_and_only_once(
    mailbox: Any, thread: Comment, make_user: MakeUser
) -> None:
    editor = make_user(Role.EDITOR, email="ed@example.org")
    answer = reply(thread, make_user(Role.GUEST))
    deliver()
    assert [sent["To"] for sent in mailbox.messages] == ["ed@example.org"]
    for approved in (True, False, True):
        comments.approve_comment(comment_id=answer.id, moderator=editor, approved=approved)
    deliver()
    assert [sent["To"] for sent in mailbox.messages[1:]] == ["ann@example.org"]


@pytest.mark.parametrize("change", ["self", "off", "closed", "deleted", "unverified"])
def test_nobody_gets_a_mail_about_what_is_no_news(
    app: Flask, mailbox: Any, ann: User, thread: Comment, make_user: MakeUser, change: str
) -> None:
    author = make_user(Role.EDITOR, email_verified_at=utc_now())
    answer = reply(thread, ann if change == "self" else author)
    if change == "off":
        ann.notify_replies = False
    if change == "closed":
        ann.is_active = False
    if change == "deleted":
        comments.delete_comment(comment_id=answer.id, user=author)
    if change == "unverified":
        app.config["REQUIRE_EMAIL_VERIFICATION"] = True
    db.session.commit()
    deliver()
    assert mailbox.messages == []


def test_a_flood_of_comments_is_one_notice_and_the_next_comes_later(
    mailbox: Any, thread: Comment, make_user: MakeUser
) -> None:
    make_user(Role.EDITOR, email="ed@example.org")
    make_user(Role.ADMIN, notify_waiting=False)
    reader = make_user(Role.GUEST)
    for number in range(5):
        reply(thread, reader, f"Number {number}")
    deliver()
    assert [sent["Subject"] for sent in mailbox.messages] == ["5 comments wait for approval"]
    reply(thread, reader, "Number 6")
    reply(thread, reader, "Number 7")
    deliver()
    assert len(mailbox.messages) == 1
    (later,) = db.session.scalars(select(OutboxMessage).where(OutboxMessage.done_at.is_(None)))
    assert later.available_at - utc_now() > timedelta(minutes=9)
    db.session.execute(update(OutboxMessage).values(available_at=utc_now()))
    db.session.commit()
    deliver()
    assert mailbox.messages[1]["Subject"] == "7 comments wait for approval"


def test_nothing_is_told_of_comments_that_were_decided_meanwhile(
    mailbox: Any, thread: Comment, make_user: MakeUser
) -> None:
    editor = make_user(Role.EDITOR)
    answer = reply(thread, make_user(Role.GUEST))
    comments.delete_comment(comment_id=answer.id, user=editor)
    deliver()
    assert mailbox.messages == []


def test_a_link_in_the_mail_ends_such_mails_without_logging_in(
    client: FlaskClient, mailbox: Any, ann: User, thread: Comment, make_user: MakeUser
) -> None:
    reply(thread, make_user(Role.EDITOR))
    deliver()
    (sent,) = mailbox.messages
    assert sent["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = sent["List-Unsubscribe"].strip("<>").removeprefix("http://localhost")
    assert link in re.sub(r"\s", "", sent.get_body(("plain",)).get_content())
    assert "Do you want no more" in client.get(link).text
    db.session.refresh(ann)
    assert ann.notify_replies
    assert client.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    db.session.refresh(ann)
    assert (ann.notify_replies, ann.notify_waiting) == (False, True)
    assert client.get("/auth/unsubscribe/forged").status_code == 404


def test_wishes_are_set_in_the_profile(log_in: Callable[..., FlaskClient], ann: User) -> None:
    client = log_in(ann)
    assert "replies to a comment of mine" in client.get("/auth/profile").text
    assert "wait for approval" not in client.get("/auth/profile").text
    client.post("/auth/notices", data={"language": "zh_Hans_CN"})
    db.session.refresh(ann)
    assert (ann.language, ann.notify_replies, ann.notify_waiting) == ("zh_Hans_CN", False, True)
    client.post("/auth/notices", data={"language": "fr", "notify_replies": "y"})
    db.session.refresh(ann)
    assert (ann.language, ann.notify_replies) == ("zh_Hans_CN", False)


def test_who_registers_gets_mails_in_the_language_of_the_page(client: FlaskClient) -> None:
    client.set_cookie("lang", "zh")
    form = {
        "username": "bob",
        "email": "bob@example.org",
        "password": "Correct-Horse-7",
        "confirm_password": "Correct-Horse-7",
        "agree_terms": "y",
    }
    client.post("/auth/register", data=form)
    bob = db.session.query(User).filter_by(username="bob").one()
    assert notices.language_of(bob) == "zh_Hans_CN"
