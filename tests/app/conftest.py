"""A mail server that speaks SMTP, and an application that threads can share."""

import base64
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask

from app import db


@dataclass
class Mailbox:
    """What a server has received, and how it behaves."""

    messages: list[EmailMessage] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    connections: int = 0
    hangs_up: bool = False  # Right after a mail.
    refuse: str = ""  # A recipient whose mail is refused for good.
    tls: ssl.SSLContext | None = None
    offers_starttls: bool = False
    port: int = 0


class Session(socketserver.StreamRequestHandler):
    """One client's conversation."""

    server: "Server"

    def setup(self) -> None:
        mailbox = self.server.mailbox
        mailbox.connections += 1
        if mailbox.tls and not mailbox.offers_starttls:
            self.request = mailbox.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def handle(self) -> None:
        self.say("220 ready")
        while line := self.rfile.readline().decode().strip():
            verb = line.split()[0].upper()
            if verb == "QUIT":
                self.say("221 bye")
                return
            getattr(self, f"do_{verb}", self.do_other)(line)
            if verb == "DATA" and self.server.mailbox.hangs_up:
                return

    def finish(self) -> None:
        super().finish()
        # The server closes the socket that it knows; TLS has put another in its place.
        self.request.close()

    def say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

    def do_EHLO(self, _: str) -> None:
        offers = ["250-test", "250-AUTH PLAIN"]
        self.say(*offers, *(["250-STARTTLS"] if self.server.mailbox.offers_starttls else []))
        self.say("250 8BITMIME")

    def do_STARTTLS(self, _: str) -> None:
        self.say("220 go on")
        tls = self.server.mailbox.tls
        assert tls
        self.request = tls.wrap_socket(self.request, server_side=True)
        self.rfile.close()
        super().setup()

    def do_AUTH(self, line: str) -> None:
        _, name, password = base64.b64decode(line.split()[2]).decode().split("\0")
        self.server.mailbox.logins.append(f"{name}:{password}")
        self.say("235 welcome" if password != "wrong" else "535 no")

    def do_RCPT(self, line: str) -> None:
        refused = self.server.mailbox.refuse
        self.say("550 no such user" if refused and refused in line else "250 fine")

    def do_DATA(self, _: str) -> None:
        self.say("354 go on")
        lines = [line.removeprefix(b".") for line in iter(self.rfile.readline, b".\r\n")]
        data = b"".join(lines).replace(b"\r\n", b"\n")
        message = message_from_bytes(data, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.server.mailbox.messages.append(message)
        self.say("250 taken")

    def do_other(self, _: str) -> None:
        self.say("250 fine")


class Server(socketserver.ThreadingTCPServer):
    """Serves each client in a thread of its own, and ends with all of them."""

    daemon_threads = False
    allow_reuse_address = True
    mailbox: Mailbox


@contextmanager
def serve(mailbox: Mailbox) -> Iterator[Mailbox]:
    """Run a server for a mailbox."""
    with Server(("127.0.0.1", 0), Session) as server:
        server.mailbox = mailbox
        mailbox.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield mailbox
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def start_mail_server() -> Iterator[Callable[..., Mailbox]]:
    """Give a function that starts a mail server and returns its mailbox."""
    with ExitStack() as stack:
        yield lambda **behaviour: stack.enter_context(serve(Mailbox(**behaviour)))


@pytest.fixture(scope="session")
def server_certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Give a certificate for localhost that nobody has signed, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key


@pytest.fixture
def threaded_app(app: Flask, make_app: Callable[..., Flask]) -> Flask:
    """Give an application whose threads have connections of their own: not SQLite's in memory."""
    return app if db.engine.dialect.name == "postgresql" else make_app()
