"""Answers at once what could not be answered in time: a kept page where there is one, else 503.

A worker lets so many requests wait for a thread; what comes beyond that is handled in a hurry, by
a thread that does nothing else (`app/ops/threads.py`). So the answers of those who wait stay worth
something, and whoever is sent away learns it in milliseconds.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from flask import Flask

from app import metrics
from app.ops import errors, frame
from app.ops.frame import Answer, Headers

# Whoever looks after the process must see that it lives, the more so under load.
PROBES = "/healthz/"

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
