"""What each kind of message in the outbox stands for, and how it is done."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Any

from flask import current_app

from app.services import credentials, edges, mail, notices, public_pages, publishing, site
from app.services.smtp import Transport


@dataclass(frozen=True)
class Claimed:
    """A message that is this worker's for now; `attempts` counts the present one.

    `due_at` is when it should have been done.
    """

    id: int
    kind: str
    payload: dict[str, Any]
    attempts: int
    created_at: datetime
    due_at: datetime
    request_id: str | None = None
    traceparent: str | None = None


@dataclass
class Means:
    """What messages are carried out with.

    `refreshed` are the pages that were refreshed since each of these messages was claimed.
    """

    transport: Transport
    refreshed: set[str] = field(default_factory=set)


def send_mail(message: Claimed, means: Means) -> None:
    """Hand a queued mail to the transport.

    The Message-ID stays the same over all tries: one that is sent twice is shown once.
    """
    queued = mail.Mail(**message.payload)
    sender = current_app.config["MAIL_FROM"]
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    envelope = EmailMessage()
    envelope["From"] = sender
    envelope["To"] = queued.to
    envelope["Subject"] = queued.subject
    envelope["Date"] = format_datetime(message.created_at)
    envelope["Message-ID"] = f"<{message.created_at:%Y%m%d%H%M%S}.{message.id}@{domain}>"
    envelope["Auto-Submitted"] = "auto-generated"
    if queued.reply_to:
        envelope["Reply-To"] = queued.reply_to
    if queued.unsubscribe:  # RFC 8058: the receiver's program offers a button.
        envelope["List-Unsubscribe"] = f"<{queued.unsubscribe}>"
        envelope["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    envelope.set_content(queued.text)
    envelope.add_alternative(queued.html, subtype="html")
    means.transport.send(envelope)


def answer_password_reset(message: Claimed, _: Means) -> None:
    """Queue the mail with the link, if there is an account to reset."""
    credentials.queue_reset_link(**message.payload)


def show_new_posts(_: Claimed, __: Means) -> None:
    """Let readers see an article whose time has come."""
    site.change_version()
    edges.refresh_in_parts(public_pages.of_new_posts())


def refresh_edges(message: Claimed, means: Means) -> None:
    """Have the edges ask for pages; raises `RefreshFailed`, to be tried again."""
    # Nobody has made the application's own copies outdated: whoever should have is dead.
    if site.version() == message.payload["version"]:
        site.change_version()
        means.refreshed.clear()
    edges.refresh_in_parts(message.payload["pages"], means.refreshed)
    means.refreshed.update(message.payload["pages"])


def tell_of_reply(message: Claimed, _: Means) -> None:
    """Queue the mail about a reply, if it is still there to be read."""
    notices.send_reply_notice(**message.payload)


def tell_of_waiting(_: Claimed, __: Means) -> None:
    """Queue the mails about comments that wait, if any still do."""
    notices.send_waiting_notice()


HANDLERS: dict[str, Callable[[Claimed, Means], None]] = {
    mail.KIND: send_mail,
    notices.REPLY_KIND: tell_of_reply,
    notices.WAITING_KIND: tell_of_waiting,
    credentials.RESET_KIND: answer_password_reset,
    publishing.GOES_LIVE_KIND: show_new_posts,
    site.REFRESH_KIND: refresh_edges,
}
# An edge that is dead or hangs costs each of these seconds.
WAITING_FOR_EDGES = (publishing.GOES_LIVE_KIND, site.REFRESH_KIND)
