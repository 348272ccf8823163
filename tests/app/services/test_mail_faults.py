"""A mail server that refuses, hangs, dies and comes back: nothing is lost, nothing sent twice.

The one exception is SMTP's own: when the connection breaks after the server has taken a mail and
before we read that, the mail must be sent again. Its Message-ID is the same, so that receivers'
programs show it once. With `pytest -s` the table of `docs/mail.md` is printed.
"""

import asyncio
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session, syntax
from flask import Flask
from sqlalchemy import func, select, update

from app.extensions import db
from app.models import OutboxMessage
from app.models.base import utc_now
from app.services import mail, outbox, smtp
from tests.server import free_port

MAILS = 5


class Post:
    """What the server took, and its present fault."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.fault = ""

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.fault == "refuses a receiver for good" and address.startswith("ann0"):
            return "550 no such user"
        if self.fault == "asks to wait (greylisting)":
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.fault == "has a full disk":
            return "452 no room"
        content = envelope.original_content or b""
        self.taken.append(content.partition(b"Message-ID: ")[2].split()[0].decode())
        if self.fault == "dies after taking a mail":
            assert server.transport
            server.transport.abort()
        return "250 taken"


class Server(SMTP):
    """Breaks off where its post says so."""

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:
        fault = self.event_handler.fault
        if fault not in ("dies in the middle of a mail", "hangs in the middle of a mail"):
            await super().smtp_DATA(arg)
            return
        await self.push("354 go on")
        await self._reader.readline()
        if fault.startswith("dies"):
            assert self.transport
            self.transport.abort()
        await asyncio.sleep(3600)


class Office(Controller):
    """Runs the server on a port that stays the same over restarts."""

    def factory(self) -> Server:
        return Server(self.handler, hostname="test", enable_SMTPUTF8=False)


@contextmanager
def serving(post: Post, port: int) -> Iterator[None]:
    office = Office(post, hostname="127.0.0.1", port=port)
    office.start()
    try:
        yield
    finally:
        office.stop()


@contextmanager
def broken(fault: str, post: Post, port: int) -> Iterator[None]:
    """Let the server have a fault; some have no server at all."""
    if fault == "is not there":
        yield
    elif fault == "accepts and says nothing":
        with socket.create_server(("127.0.0.1", port)):
            yield
    elif fault == "hangs up at once":
        with serving_rude(port):
            yield
    else:
        post.fault = fault
        with serving(post, port):
            yield
        post.fault = ""


@contextmanager
def serving_rude(port: int) -> Iterator[None]:
    """Accept connections and close them."""
    with socket.create_server(("127.0.0.1", port)) as listener:

        def slam() -> None:
            while True:
                try:
                    listener.accept()[0].close()
                except OSError:
                    return

        thread = Thread(target=slam)
        thread.start()
        yield
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


def make_due() -> None:
    """Let the waits after failures be over."""
    waiting = update(OutboxMessage).where(OutboxMessage.done_at.is_(None))
    db.session.execute(waiting.values(available_at=utc_now()))
    db.session.commit()


FAULTS = {
    # fault of the server → mails that arrive while it lasts, mails that arrive twice in the end
    "is not there": (0, 0),
    "accepts and says nothing": (0, 0),
    "hangs up at once": (0, 0),
    "asks to wait (greylisting)": (0, 0),
    "has a full disk": (0, 0),
    "refuses a receiver for good": (4, 0),
    "dies in the middle of a mail": (0, 0),
    "hangs in the middle of a mail": (0, 0),
    "dies after taking a mail": (1, 1),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_is_lost_or_doubled_by_a_fault(
    app: Flask, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr(smtp, "TIMEOUT_SECONDS", 0.3)
    post, port = Post(), free_port()
    app.config["SMTP_URL"] = f"smtp+plain://127.0.0.1:{port}"
    for number in range(MAILS):
        mail.queue(mail.Mail(f"ann{number}@example.org", "Hello", "Hello\n", "<p>Hello</p>"))
    db.session.commit()
    with broken(fault, post, port):
        outbox.deliver_due()
    during = len(post.taken)
    make_due()
    with serving(post, port):
        outbox.deliver_due()
    times = Counter(post.taken)
    doubled = sum(count - 1 for count in times.values())
    print(f"\n| {fault} | {during} of {MAILS} | {len(times)} of {MAILS} | {doubled} |")
    assert len(times) == MAILS
    assert (during, doubled) == FAULTS[fault]
    left = select(func.count()).where(OutboxMessage.done_at.is_(None))
    assert db.session.scalar(left) == 0


def test_a_server_that_never_recovers_leaves_dead_letters_that_can_be_revived(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    post, port = Post(), free_port()
    app.config["SMTP_URL"] = f"smtp+plain://127.0.0.1:{port}"
    mail.queue(mail.Mail("ann@example.org", "Hello", "Hello\n", "<p>Hello</p>"))
    db.session.commit()
    for _ in range(outbox.MAX_ATTEMPTS + 2):
        outbox.deliver_due()
        make_due()
    message = db.session.scalars(select(OutboxMessage)).one()
    assert message.dead_at is not None
    assert message.attempts == outbox.MAX_ATTEMPTS
    assert outbox.revive_dead() == 1
    with serving(post, port):
        assert outbox.deliver_due() == 1
    assert len(post.taken) == 1
