"""What every request and every answer gets, whoever answers: done once, around Flask.

    proxy ─▶ frame ─▶ kept page, or Flask ─▶ frame: headers, metrics, log ─▶ Gunicorn

It works on what Gunicorn gives and takes, which costs a tenth of hooks that ask Flask's proxies for
the request. The modules whose concerns these are offer a function of an exchange.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from time import perf_counter
from typing import Any

from flask import Flask, Request

from app import correlation
from app.services import audit
from app.visitor import brings_login

Headers = list[tuple[str, str]]
Answer = Iterable[bytes]


class Exchange:
    """A request and its answer, as far as it has come."""

    __slots__ = (
        "carries_login",
        "endpoint",
        "environ",
        "headers",
        "request_id",
        "seconds",
        "span",
        "started",
        "status",
    )

    def __init__(self, environ: dict[str, Any]) -> None:
        self.started = perf_counter()
        self.environ = environ
        self.request_id = ""
        self.carries_login = False
        self.span: Any = None
        self.endpoint: str | None = None  # Flask's request knows it, unless a kept page answers.
        self.status = 0
        self.seconds = 0.0
        self.headers: Headers = []

    @property
    def path(self) -> str:
        """The path asked for."""
        raw: str = self.environ["PATH_INFO"]
        return raw if raw.isascii() else raw.encode("latin-1").decode(errors="replace")

    @property
    def request(self) -> Request | None:
        """Flask's request, None where Flask was not asked."""
        found = self.environ.get("werkzeug.request")
        return found if isinstance(found, Request) else None


class Frame:
    """The outermost part of the application, but for the proxies' middleware."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        # Called at the beginning; in the order given, at the end.
        self.beginnings: list[Callable[[Exchange], None]] = []
        self.endings: list[Callable[[Exchange], None]] = []
        # Called when everything has been said, or has failed.
        self.closings: list[Callable[[Exchange], None]] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Answer:
        """Answer a request."""
        exchange = Exchange(environ)
        environ[KEY] = exchange
        for begin in self.beginnings:
            begin(exchange)

        def start(status: str, headers: Headers, failure: Any = None) -> Any:
            exchange.status, exchange.headers = int(status[:3]), headers
            exchange.seconds = perf_counter() - exchange.started
            if exchange.endpoint is None and (request := exchange.request) is not None:
                exchange.endpoint = request.endpoint
            for end in self.endings:
                end(exchange)
            return start_response(status, headers, failure)

        try:
            return self.inner(environ, start)  # type: ignore[no-any-return]
        finally:
            for close in self.closings:
                close(exchange)
            # What the thread does next belongs to someone else.
            correlation.request_id.set(None)
            correlation.plain_read.set(False)
            correlation.only_asks.set(False)


KEY = "ironpress.exchange"


def init_app(app: Flask) -> None:
    """Put the frame around the application."""
    app.extensions["frame"] = frame = Frame(app.wsgi_app)
    app.wsgi_app = frame  # type: ignore[method-assign]
    frame.beginnings.append(partial(note_visitor, app.config))


def of(app: Flask) -> Frame:
    """Return the frame of an application."""
    frame: Frame = app.extensions["frame"]
    return frame


def note_visitor(config: Mapping[str, Any], exchange: Exchange) -> None:
    """Tell the audit log from where a request comes, and everyone whether it only reads."""
    environ = exchange.environ
    audit.origin.set(environ.get("REMOTE_ADDR") or "")
    exchange.carries_login = brings_login(environ, config)
    correlation.plain_read.set(
        environ["REQUEST_METHOD"] in ("GET", "HEAD")
        and not exchange.carries_login
        and not environ["PATH_INFO"].startswith("/api/")
    )
