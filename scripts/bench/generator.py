"""Asks one address again and again; any other answer than the first one voids the run."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any

CONNECTIONS = 8
TAKES_GZIP = "Accept-Encoding: gzip\r\n"  # As browsers do, and the edge.


class Void(Exception):
    """What was measured is worth nothing, since the answers were not right."""


@dataclass(frozen=True)
class Target:
    """An address: what is asked of whom."""

    port: int
    path: str
    host: str = "127.0.0.1"
    tls: ssl.SSLContext | None = None
    headers: str = ""

    @property
    def request(self) -> bytes:
        """The bytes of the request."""
        return (
            f"GET {self.path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n"
            f"User-Agent: bench\r\n{self.headers}\r\n"
        ).encode()


class Connection:
    """A connection that is kept."""

    def __init__(self, target: Target) -> None:
        sock: Any = socket.create_connection(("127.0.0.1", target.port), timeout=30)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if target.tls:
            sock = target.tls.wrap_socket(sock, server_hostname=target.host)
        self.sock, self.request = sock, target.request

    def send(self) -> None:
        """Send the request."""
        self.sock.sendall(self.request)

    def receive(self) -> tuple[int, bytes]:
        """Return status and body of the answer."""
        data = b""
        while b"\r\n\r\n" not in data:
            part = self.sock.recv(65536)
            if not part:
                raise Void("the connection was closed")
            data += part
        head, _, body = data.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        parts, missing = [body], int(length or 0) - len(body)
        while missing > 0:
            part = self.sock.recv(min(missing, 1 << 16))
            parts.append(part)
            missing -= len(part)
        return int(head[9:12]), b"".join(parts)

    def ask(self) -> tuple[int, bytes]:
        """Send a request and return its answer."""
        self.send()
        return self.receive()


@contextmanager
def connections(target: Target, count: int = CONNECTIONS) -> Iterator[list[Connection]]:
    """Open connections and close them."""
    opened: list[Connection] = []
    try:
        for _ in range(count):
            opened.append(Connection(target))
        yield opened
    finally:
        for connection in opened:
            connection.sock.close()


def fetch(target: Target) -> bytes:
    """Return the body of an address, once."""
    with connections(target, 1) as (connection,):
        status, body = connection.ask()
    if status != 200:
        raise Void(f"{target.path} answers {status}")
    return body


def ask_many(target: Target, count: int, expected: bytes) -> float:
    """Ask at least that often, always with all connections at work; return the seconds it took."""
    rounds = -(-count // CONNECTIONS)
    with connections(target) as opened:
        started = perf_counter()
        for _ in range(rounds):
            for connection in opened:
                connection.send()
            for connection in opened:
                status, body = connection.receive()
                if status != 200 or body != expected:
                    raise Void(f"{target.path}: status {status}, {len(body)} bytes")
        return perf_counter() - started
