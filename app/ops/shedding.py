"""Answers at once what could not be answered in time: a kept page where there is one, else 503.

A worker lets so many requests wait for a thread; what comes beyond that is handled in a hurry, by
a thread that does nothing else (`app/ops/threads.py`). When as many wait for that one, what still
comes is refused where it is taken, unread. So the answers of those who wait stay worth something,
and whoever is sent away learns it in milliseconds.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from socket import MSG_DONTWAIT, MSG_PEEK, socket
from typing import Any

from flask import Flask

from app import metrics
from app.ops import errors, frame
from app.ops.frame import Answer, Headers

# Whoever looks after the process must see that it lives, the more so under load.
PROBES = "/healthz/"
MOST_BYTES = 1 << 16  # Of a request that nobody reads.
REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\n"
    b"Cache-Control: no-store\r\n"
    b"Connection: close\r\n"
    b"Content-Length: 0\r\n"
    b"Content-Security-Policy: default-src 'none'\r\n"
    b"Retry-After: 5\r\n"
    b"Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n"
    b"X-Content-Type-Options: nosniff\r\n\r\n"
)

_thread = threading.local()


def init_app(app: Flask) -> None:
    """Stand before Flask, behind the kept pages."""
    around = frame.of(app)
    around.inner = Shedder(app, around.inner)


@contextmanager
def hurrying() -> Iterator[None]:
    """Shed what this thread handles meanwhile."""
    _thread.hurries = True
    try:
        yield
    finally:
        _thread.hurries = False


class Shedder:
    """Asks Flask, unless the thread is in a hurry."""

    def __init__(self, app: Flask, inner: Any) -> None:
        self.app, self.inner = app, inner
        # One for each language and form, however many ask.
        self.page = lru_cache(self.make_page)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Answer:
        """Answer a request."""
        path: str = environ["PATH_INFO"]
        if not getattr(_thread, "hurries", False) or path.startswith(PROBES):
            return self.inner(environ, start_response)  # type: ignore[no-any-return]
        metrics.requests_shed.inc()
        is_chinese = environ.get("HTTP_ACCEPT_LANGUAGE", "").startswith("zh")
        headers, body = self.page("zh" if is_chinese else "en", path.startswith("/api/"))
        start_response("503 SERVICE UNAVAILABLE", list(headers))
        return [body]

    def make_page(self, language: str, for_programs: bool) -> tuple[Headers, bytes]:
        """Render the answer that everybody gets."""
        with self.app.test_request_context(
            "/api/v1/" if for_programs else "/", headers={"Accept-Language": language}
        ):
            response = errors.busy()
        return list(response.headers), response.get_data()


def has_left(sock: socket) -> bool:
    """Say whether the other side has closed a connection; one that was reset has, too."""
    with suppress(BlockingIOError):
        try:
            return not sock.recv(1, MSG_PEEK | MSG_DONTWAIT)
        except ConnectionError:
            return True
    return False


def may_be_refused(sock: socket) -> bool:
    """Say whether a request has come that is no probe."""
    with suppress(OSError):
        return f" {PROBES}".encode() not in sock.recv(64, MSG_PEEK | MSG_DONTWAIT)
    return False


def refuse(sock: socket) -> None:
    """Refuse a request and close; what has come of it is taken, else the close were a reset."""
    with suppress(OSError):
        sock.recv(MOST_BYTES, MSG_DONTWAIT)
        sock.send(REFUSAL, MSG_DONTWAIT)
    sock.close()
