"""What is queued is carried out at least once: after failures, crashes and outages too."""

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.extensions import db
from app.models import OutboxMessage
from app.models.base import utc_now
from app.services import mail, outbox, site

StartServer = Callable[..., Any]


@pytest.fixture
def mailbox(app: Flask, start_mail_server: StartServer) -> Any:
    """Start a mail server that the application sends to."""
    mailbox = start_mail_server()
    app.config["SMTP_URL"] = f"smtp+plain://127.0.0.1:{mailbox.port}"
    return mailbox


def queue(to: str = "ann@example.org", **row: Any) -> OutboxMessage:
    """Queue a mail."""
    mail.queue(mail.Mail(to=to, subject="Hello", text="Hello\n", html="<p>Hello</p>"))
    db.session.flush()
    message = db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
    assert message
    for name, value in row.items():
        setattr(message, name, value)
    db.session.commit()
    return message


def seconds_until_due(message: OutboxMessage) -> float:
    db.session.refresh(message)
    return (message.available_at - utc_now()).total_seconds()


def test_a_queued_mail_is_sent_once_with_the_headers_receivers_expect(
    app: Flask, mailbox: Any
) -> None:
    app.config["MAIL_FROM"] = "Blog <blog@example.org>"
    message = queue()
    assert outbox.deliver_due() == 1
    assert outbox.deliver_due() == 0
    (sent,) = mailbox.messages
    assert (sent["From"], sent["To"]) == ("Blog <blog@example.org>", "ann@example.org")
    assert sent["Message-ID"].endswith(f".{message.id}@example.org>")
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["Date"]
    assert sent["Reply-To"] is None
    assert sent.get_body(("html",)).get_content() == "<p>Hello</p>\n"


def test_what_was_sent_is_marked_and_its_text_forgotten(app: Flask, mailbox: Any) -> None:
    message = queue()
    outbox.deliver_due()
    db.session.refresh(message)
    assert message.done_at is not None
    assert message.payload == {}


def test_an_answer_goes_to_whoever_wrote(app: Flask, mailbox: Any) -> None:
    mail.queue(mail.Mail("owner@example.org", "Hi", "Hi", "<p>Hi</p>", "ann@example.org"))
    db.session.commit()
    outbox.deliver_due()
    assert mailbox.messages[0]["Reply-To"] == "ann@example.org"


def test_mail_does_not_stand_behind_what_waits_for_edges(app: Flask, mailbox: Any) -> None:
    app.config["EDGE_REFRESH_URL"] = "http://nowhere.invalid:8082"
    refresh = OutboxMessage(
        kind=site.REFRESH_KIND,
        payload={"pages": ["/"], "version": "1"},
        available_at=utc_now() - timedelta(minutes=1),
    )
    db.session.add(refresh)
    queue()
    assert outbox.deliver_due(edges=False) == 1
    assert len(mailbox.messages) == 1
    db.session.refresh(refresh)
    assert refresh.attempts == 0
    queue(to="ben@example.org")
    assert outbox.deliver_due(edges=True) == 0
    assert len(mailbox.messages) == 1
    db.session.refresh(refresh)
    assert refresh.attempts == 1


def test_a_mail_for_later_waits(app: Flask, mailbox: Any) -> None:
    queue(available_at=utc_now() + timedelta(minutes=1))
    assert outbox.deliver_due() == 0
    assert mailbox.messages == []


def test_the_limit_bounds_a_round(app: Flask, mailbox: Any) -> None:
    for _ in range(3):
        queue()
    assert outbox.deliver_due(limit=2) == 2
    assert outbox.deliver_due(limit=2) == 1


def test_a_refused_mail_waits_longer_each_time_and_does_not_hold_up_the_others(
    app: Flask, mailbox: Any
) -> None:
    mailbox.refuse = "nobody@example.org"
    message = queue("nobody@example.org")
    queue("ann@example.org")
    assert outbox.deliver_due() == 1
    waits = [seconds_until_due(message)]
    for _ in range(2):
        message.available_at = utc_now()
        db.session.commit()
        outbox.deliver_due()
        waits.append(seconds_until_due(message))
    assert waits == pytest.approx([30, 90, 270], rel=0.15)
    assert "no such user" in (message.last_error or "")
    assert len(mailbox.messages) == 1


def test_no_wait_is_longer_than_half_a_day() -> None:
    assert outbox.delay(10) <= timedelta(hours=12) * 1.1


def test_after_the_last_try_a_mail_is_kept_as_dead_and_can_be_revived(
    app: Flask, mailbox: Any
) -> None:
    mailbox.refuse = "nobody@example.org"
    message = queue("nobody@example.org", attempts=9)
    outbox.deliver_due()
    db.session.refresh(message)
    assert message.dead_at is not None
    assert message.payload["to"] == "nobody@example.org"
    mailbox.refuse = ""
    assert outbox.deliver_due() == 0
    assert outbox.revive_dead() == 1
    assert outbox.deliver_due() == 1


def test_an_outage_ends_the_round_and_costs_the_others_no_try(app: Flask) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        app.config["SMTP_URL"] = f"smtp+plain://127.0.0.1:{unused.getsockname()[1]}"
        for _ in range(3):
            queue()
        assert outbox.deliver_due() == 0
    tries = db.session.scalars(select(OutboxMessage.attempts).order_by(OutboxMessage.id))
    assert sorted(tries) == [0, 0, 1]


def test_a_worker_that_dies_leaves_a_mail_that_comes_back(app: Flask, mailbox: Any) -> None:
    message = queue()
    assert outbox.claim() is not None  # … and here the worker is gone.
    assert outbox.deliver_due() == 0
    assert 0 < seconds_until_due(message) <= 300
    message.available_at = utc_now()
    db.session.commit()
    assert outbox.deliver_due() == 1
    assert len(mailbox.messages) == 1


def test_a_message_that_kills_every_worker_is_given_up(app: Flask, mailbox: Any) -> None:
    message = queue(attempts=outbox.MAX_ATTEMPTS)
    assert outbox.deliver_due() == 0
    db.session.refresh(message)
    assert message.dead_at is not None
    assert mailbox.messages == []


def test_a_kind_nobody_knows_is_a_failure_like_any_other(app: Flask) -> None:
    message = OutboxMessage(kind="unknown", payload={})
    db.session.add(message)
    db.session.commit()
    assert outbox.deliver_due() == 0
    assert 0 < seconds_until_due(message) < 60


def test_workers_side_by_side_send_every_mail_once(
    threaded_app: Flask, start_mail_server: StartServer
) -> None:
    mailbox = start_mail_server()
    threaded_app.config["SMTP_URL"] = f"smtp+plain://127.0.0.1:{mailbox.port}"
    receivers = sorted(f"reader{number}@example.org" for number in range(12))
    with threaded_app.app_context():
        for receiver in receivers:
            queue(receiver)

    def work(_: int) -> None:
        with threaded_app.app_context():
            while outbox.deliver_due(limit=2):
                pass

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))
    assert sorted(message["To"] for message in mailbox.messages) == receivers


def test_what_was_done_long_ago_is_forgotten(app: Flask, mailbox: Any) -> None:
    queue(done_at=utc_now() - timedelta(days=31))
    recent = queue(done_at=utc_now() - timedelta(days=29))
    queue()
    outbox.deliver_due()
    assert db.session.scalar(select(func.count(OutboxMessage.id))) == 2
    assert db.session.get(OutboxMessage, recent.id)


def test_an_article_whose_time_has_come_refreshes_the_pages(app: Flask) -> None:
    before = site.version()
    db.session.add(OutboxMessage(kind="goes_live", payload={}))
    db.session.commit()
    assert outbox.deliver_due() == 1
    assert site.version() != before
