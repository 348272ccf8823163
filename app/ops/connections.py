"""Connections and answers of the threaded worker.

Each call of the kernel lets the other threads in: whoever made it waits for its turn again, which
costs more than the call. So a connection stays blocking, its first bytes are read where Gunicorn
would first ask whether there are any, and the head of an answer goes out with its body.
"""

import socket
import struct
from functools import lru_cache
from time import time
from typing import Any, Self

from gunicorn import util
from gunicorn.http.message import TOKEN_RE, Request
from gunicorn.http.wsgi import HEADER_VALUE_RE, Response
from gunicorn.workers.gthread import TConn

MOST_AT_ONCE = 1 << 16  # Of an answer's first part that is copied to its head.
# Headers whose values hardly come twice, or are nobody's business.
VARYING = frozenset(
    ("Content-Length", "ETag", "Last-Modified", "Set-Cookie", "X-Request-ID", "X-Response-Time")
)
READ_BYTES = 8192
FOREVER = struct.pack("ll", 0, 0)


class Socket(socket.socket):
    """A connection's socket; to be told what it does already costs nothing."""

    __slots__ = ()

    @classmethod
    def of(cls, sock: socket.socket) -> Self:
        """Return one in the place of a socket that was accepted."""
        return cls(sock.family, sock.type, sock.proto, fileno=sock.detach())

    def setblocking(self, flag: bool) -> None:
        """Wait for the other side from now on, or not."""
        self.settimeout(None if flag else 0.0)

    def settimeout(self, value: float | None) -> None:
        """Wait so long (s), None for ever."""
        if value != self.gettimeout():
            super().settimeout(value)


class Question(Request):  # type: ignore[misc]  # Gunicorn carries no types.
    """A request; where no proxy is trusted, nobody's address is compared with those that are."""

    def _peer_is_trusted_proxy(self) -> bool:
        return bool(self.cfg.forwarded_allow_ips) and super()._peer_is_trusted_proxy()


class Connection(TConn):  # type: ignore[misc]  # Gunicorn carries no types.
    """A connection; `sock` is a `Socket`, which stays blocking."""

    def __init__(self, config: Any, sock: Socket, client: Any, server: Any) -> None:
        # All that Gunicorn's has, but for making the socket non-blocking.
        self.cfg, self.sock, self.client, self.server = config, sock, client, server
        self.timeout: float | None = None
        self.parser: Any = None
        self.initialized = self.is_http2 = self.data_ready = False
        self.first = b""
        self.queued_at = self.waited = 0.0  # s
        self.may_send_more = False

    def wait_for_data(self, timeout: float) -> bool:
        """Read what comes first; False when nothing has come for that long (s)."""
        limit = struct.pack("ll", int(timeout), 0)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        try:
            self.first = self.sock.recv(READ_BYTES)
        except BlockingIOError:
            return False
        finally:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, FOREVER)
        return True

    def init(self) -> None:
        """Make the parser, and give it what was read."""
        super().init()
        self.parser.mesg_class = Question
        if self.first:
            self.parser.unreader.unread(self.first)
            self.first = b""

    def has_more(self) -> bool:
        """Say whether a part of the next request has been read already."""
        return bool(self.parser.unreader.buf.getvalue())


class Answer(Response):  # type: ignore[misc]  # Gunicorn carries no types.
    """An answer whose head waits for the first part of its body."""

    head = b""
    headers_sent: bool

    def process_headers(self, headers: list[tuple[str, str]]) -> None:
        """Take headers, those that come again and again without another look at them.

        Raises Gunicorn's errors, such as `InvalidResponseHeader`.
        """
        others = []
        for name, value in headers:
            if name not in VARYING and is_sound(name, value):
                self.headers.append((name, value))
            else:
                others.append((name, value))
        super().process_headers(others)

    def default_headers(self) -> list[str]:
        """Return the head's own lines; which program serves is nobody's business."""
        major, minor = self.req.version
        way = "keep-alive"
        if self.upgrade:
            way = "upgrade"
        elif self.should_close():
            way = "close"
        lines = [
            f"HTTP/{major}.{minor} {self.status}\r\n",
            date_line(int(time())),
            f"Connection: {way}\r\n",
        ]
        if self.chunked:
            lines.append("Transfer-Encoding: chunked\r\n")
        return lines

    def send_headers(self) -> None:
        """Word the head."""
        if not self.headers_sent:
            lines = [f"{name}: {value}\r\n" for name, value in self.headers]
            head = "".join([*self.default_headers(), *lines, "\r\n"])
            self.head, self.headers_sent = head.encode("latin-1"), True

    def _emit_body(self, data: bytes) -> None:
        """Send a part of the body, after the head."""
        if self.head and not self.chunked and len(data) <= MOST_AT_ONCE:
            self.head, data = b"", self.head + data
        self.send_head()
        super()._emit_body(data)

    def send_head(self) -> None:
        """Send the head if it still waits."""
        if self.head:
            head, self.head = self.head, b""
            util.write(self.sock, head)

    def write_file(self, file: Any) -> None:
        """Send a file as the body."""
        self.send_headers()
        self.send_head()
        super().write_file(file)

    def close(self) -> None:
        """Send what is still to be sent."""
        self.send_headers()
        self.send_head()
        super().close()


@lru_cache(maxsize=1)
def date_line(second: int) -> str:
    """Return the header with the time (s since 1970), worded once a second."""
    return f"Date: {util.http_date(second)}\r\n"


@lru_cache(maxsize=256)
def is_sound(name: str, value: str) -> bool:
    """Say whether a header may go out as it is, and means nothing to Gunicorn."""
    return (
        bool(TOKEN_RE.fullmatch(name) and HEADER_VALUE_RE.fullmatch(value))
        and value == value.strip(" \t")
        and name.lower() != "content-length"
        and not util.is_hoppish(name)
    )
