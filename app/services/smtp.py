"""Speaks SMTP, or prints to the log where no server is configured."""

import logging
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

DEFAULT_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
TIMEOUT_SECONDS = 10.0

logger = logging.getLogger(__name__)


class Transport(Protocol):
    """What can take a mail."""

    def send(self, message: EmailMessage) -> None:
        """Hand one mail over; raises `OSError` (smtplib's errors are such) when it is not taken."""


class LogTransport:
    """Prints mails to the log: for a blog that has no mail server yet.

    Their links open accounts, so that a log that machines collect gets the subject alone.
    """

    def __init__(self, *, whole: bool) -> None:
        self.whole = whole

    def send(self, message: EmailMessage) -> None:
        """Log what the receiver would read."""
        if not self.whole:
            logger.warning("No SMTP_URL: a mail is not sent (%s).", message["Subject"])
            return
        body = message.get_body(("plain",))
        text = body.get_content() if body else ""
        logger.info("Mail to %s: %s\n%s", message["To"], message["Subject"], text)


class SmtpTransport:
    """One connection to the server, opened for the first mail and kept for the following ones."""

    def __init__(self, url: str) -> None:
        self.url = urlsplit(url)
        self.connection: smtplib.SMTP | None = None

    def send(self, message: EmailMessage) -> None:
        """Send a mail; after a failure the next one gets a new connection."""
        try:
            self.connection = self.connection or connect(self.url)
            self.connection.send_message(message)
        except Exception:
            self.close()
            raise

    def close(self) -> None:
        """Say good-bye where there still is someone to hear it."""
        connection, self.connection = self.connection, None
        if connection is None:
            return
        try:
            connection.quit()
        except OSError:
            connection.close()


@contextmanager
def open_transport(url: str, *, whole_to_log: bool = True) -> Iterator[Transport]:
    """Give the transport that SMTP_URL names, and end its connection afterwards."""
    if not url:
        yield LogTransport(whole=whole_to_log)
        return
    transport = SmtpTransport(url)
    try:
        yield transport
    finally:
        transport.close()


def connect(url: SplitResult) -> smtplib.SMTP:
    """Open a connection; encrypted with a verified certificate unless the scheme says plain."""
    host, port = url.hostname or "localhost", url.port or DEFAULT_PORTS[url.scheme]
    context = ssl.create_default_context()
    if url.scheme == "smtps":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            host, port, timeout=TIMEOUT_SECONDS, context=context
        )
    else:
        connection = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
    try:
        if url.scheme == "smtp":
            connection.starttls(context=context)
        if url.username:
            connection.login(unquote(url.username), unquote(url.password or ""))
    except Exception:
        connection.close()
        raise
    return connection
