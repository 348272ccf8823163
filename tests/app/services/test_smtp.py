"""Mail is handed over as SMTP_URL says: encrypted unless it says plain."""

import logging
import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from app.services.smtp import open_transport

StartServer = Callable[..., Any]


@pytest.fixture
def message() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "Blog <blog@example.org>", "ann@example.org"
    message["Subject"] = "你好"
    message.set_content("Line one\n.line two\n")
    message.add_alternative("<p>Line one</p>", subtype="html")
    return message


def test_a_mail_arrives_as_it_was_written(
    start_mail_server: StartServer, message: EmailMessage
) -> None:
    mailbox = start_mail_server()
    with open_transport(f"smtp+plain://127.0.0.1:{mailbox.port}") as transport:
        transport.send(message)
        transport.send(message)
    received = mailbox.messages[0]
    assert received["Subject"] == "你好"
    assert received.get_body(("plain",)).get_content() == "Line one\n.line two\n"
    assert (len(mailbox.messages), mailbox.connections) == (2, 1)


def test_name_and_password_are_decoded_from_the_address(
    start_mail_server: StartServer, message: EmailMessage
) -> None:
    mailbox = start_mail_server()
    url = f"smtp+plain://ann%40example.org:p%2Fw@127.0.0.1:{mailbox.port}"
    with open_transport(url) as transport:
        transport.send(message)
    assert mailbox.logins == ["ann@example.org:p/w"]


def test_a_wrong_password_is_reported_and_the_connection_closed(
    start_mail_server: StartServer, message: EmailMessage
) -> None:
    mailbox = start_mail_server()
    with (
        open_transport(f"smtp+plain://ann:wrong@127.0.0.1:{mailbox.port}") as transport,
        pytest.raises(smtplib.SMTPAuthenticationError),
    ):
        transport.send(message)
    assert mailbox.messages == []


def test_without_starttls_on_offer_nothing_is_sent_in_the_clear(
    start_mail_server: StartServer, message: EmailMessage
) -> None:
    mailbox = start_mail_server()
    with (
        open_transport(f"smtp://ann:secret@127.0.0.1:{mailbox.port}") as transport,
        pytest.raises(smtplib.SMTPNotSupportedError),
    ):
        transport.send(message)
    assert (mailbox.logins, mailbox.messages) == ([], [])


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_mail_is_encrypted_to_a_server_with_a_trusted_certificate(
    start_mail_server: StartServer,
    message: EmailMessage,
    server_certificate: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    scheme: str,
) -> None:
    mailbox = start_mail_server(tls=context(server_certificate), offers_starttls=scheme == "smtp")
    monkeypatch.setenv("SSL_CERT_FILE", str(server_certificate[0]))
    with open_transport(f"{scheme}://ann:secret@localhost:{mailbox.port}") as transport:
        transport.send(message)
    assert mailbox.logins == ["ann:secret"]
    assert len(mailbox.messages) == 1


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_server_with_an_unknown_certificate_gets_nothing(
    start_mail_server: StartServer,
    message: EmailMessage,
    server_certificate: tuple[Path, Path],
    scheme: str,
) -> None:
    mailbox = start_mail_server(tls=context(server_certificate), offers_starttls=scheme == "smtp")
    with (
        open_transport(f"{scheme}://ann:secret@localhost:{mailbox.port}") as transport,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        transport.send(message)
    assert mailbox.logins == []


def context(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    """Return a server's TLS settings."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*certificate)
    return tls


def test_a_server_that_hangs_up_early_does_no_harm(
    start_mail_server: StartServer, message: EmailMessage
) -> None:
    mailbox = start_mail_server(hangs_up=True)
    with open_transport(f"smtp+plain://127.0.0.1:{mailbox.port}") as transport:
        transport.send(message)
    assert len(mailbox.messages) == 1


def test_without_a_server_mail_is_printed_to_the_log(
    message: EmailMessage, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO), open_transport("") as transport:
        transport.send(message)
    assert "Mail to ann@example.org: 你好" in caplog.text
    assert "Line one" in caplog.text
