"""Keeps rendered pages for anonymous readers; nothing is kept unless its view asks for it.

    request ── cookie or token? ──yes──▶ view ──▶ private, no-store
       │no
       ▼
    copy of this version, young enough? ──yes──▶ copy, before Flask is asked
       │no
       ▼
    first to ask? ──yes──▶ view ──▶ keep, answer
       │no ── wait for the first's copy, then for nothing longer: an old copy, else the view

When the view fails because the database is away, an old copy serves.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Flask, Response, current_app, make_response, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app import correlation, metrics
from app.extensions import cache
from app.ops import frame
from app.ops.copies import VARY, Copy, keep, key_of, load
from app.ops.frame import Answer, Exchange
from app.services import site
from app.visitor import carries_login

RENDER_SECONDS = 10
WAIT_SECONDS = 2.0
POLL_SECONDS = 0.02
SETTINGS = {kind: f"PAGE_CACHE_{kind.upper()}_SECONDS" for kind in ("list", "post")}
# What the look-up before Flask found, for the view that has to go on from there.
LOOKED_UP = "ironpress.looked_up"

View = Callable[..., Any]


@dataclass(frozen=True)
class Found:
    """What was kept of a page when it was asked for, and which version it should be of."""

    key: str
    version: str
    copy: Copy | None


def init_app(app: Flask) -> None:
    """Answer with fresh copies before Flask is asked."""
    around = frame.of(app)
    around.inner = Front(app, around.inner)


class Front:
    """Answers with a fresh copy; asks Flask for everything else."""

    def __init__(self, app: Flask, inner: Any) -> None:
        self.app, self.inner = app, inner
        self.settings: dict[str, str] = {}  # The beginnings of kept pages' paths → their setting.

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Answer:
        """Answer a request."""
        if correlation.plain_read.get() and (seconds := self.seconds(environ["PATH_INFO"])):
            with self.app.app_context():
                found = look_up(environ)
            if found.copy and found.copy.is_fresh(found.version):
                count("hit")
                exchange: Exchange = environ[frame.KEY]
                exchange.endpoint = found.copy.endpoint
                status, headers, body = found.copy.answer(environ, seconds)
                start_response(status, headers)
                return [body]
            environ[LOOKED_UP] = found
        return self.inner(environ, start_response)  # type: ignore[no-any-return]

    def seconds(self, path: str) -> int:
        """Return for how long a page of a path is kept, 0 for not at all."""
        settings = self.settings or self.find_settings()
        name = settings.get(path) or settings.get(path[: path.find("/", 1) + 1])
        return self.app.config[name] if name else 0

    def find_settings(self) -> dict[str, str]:
        """Collect the kept pages: whole paths, and first parts of those with something in them."""
        found = {}
        for rule in self.app.url_map.iter_rules():
            if kind := getattr(self.app.view_functions[rule.endpoint], "kept_as", None):
                found[rule.rule.partition("<")[0]] = SETTINGS[kind]
        self.settings = found
        return found


def public_page(kind: str) -> Callable[[View], View]:
    """Let a view's answers to anonymous readers be kept; `kind` is "list" or "post"."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(*args: Any, **kwargs: Any) -> Response:
            if carries_login() or request.method not in ("GET", "HEAD"):
                return private(make_response(view(*args, **kwargs)))
            seconds = current_app.config[SETTINGS[kind]]
            correlation.only_asks.set(True)
            if not seconds:
                return vary(make_response(view(*args, **kwargs)))
            return made_once(lambda: make_response(view(*args, **kwargs)), seconds)

        wrapper.kept_as = kind  # type: ignore[attr-defined]
        return wrapper

    return decorate


def private(response: Response) -> Response:
    """Forbid every cache to keep an answer that belongs to one person."""
    response.headers["Cache-Control"] = "private, no-store"
    return response


def vary(response: Response) -> Response:
    """Say what a public page depends on."""
    response.vary.update(VARY)
    return response


def look_up(environ: dict[str, Any]) -> Found:
    """Ask once for what is kept of a page and for the present version."""
    key = key_of(environ, current_app.config)
    version, kept = site.version_and(key)
    return Found(key, version, Copy.read(kept))


def made_once(render: Callable[[], Response], seconds: int) -> Response:
    """Render a page of which there is no fresh copy; once, however many ask."""
    found: Found = request.environ.pop(LOOKED_UP, None) or look_up(request.environ)
    key, version, copy = found.key, found.version, found.copy
    lock = f"{key}:lock"
    if not acquire(lock):
        # Someone renders it now. Outdated by age alone, the old copy does meanwhile.
        if copy and copy.version == version:
            return answer("stale", copy, seconds)
        if newer := wait_for_copy(key, version):
            return answer("wait", newer, seconds)
        if copy:
            return answer("stale", copy, seconds)
    try:
        copy = load(key)  # Someone may have finished between the look and the lock.
        if copy and copy.is_fresh(version):
            return answer("hit", copy, seconds)
        count("miss")
        with (
            metrics.page_render_seconds.labels(request.endpoint).time(),
            correlation.span("render page"),
        ):
            response = render()
        if response.status_code == 200:
            copy = copy_of(response, version, seconds)
            keep(key, copy, seconds)
            return answer(None, copy, seconds)
        return response
    except (DBAPIError, PoolTimeoutError):
        if copy:
            return answer("stale", copy, 0)
        raise
    finally:
        release(lock)


def copy_of(response: Response, version: str, seconds: int) -> Copy:
    """Return the copy of a rendered page."""
    return Copy.of(
        response.get_data(),
        endpoint=request.endpoint or "",
        content_type=response.headers["Content-Type"],
        version=version,
        seconds=seconds,
    )


def count(result: str) -> None:
    """Count how a page was come by."""
    RESULTS[result].inc()


RESULTS = {
    result: metrics.cache_requests.labels("page", result)
    for result in ("hit", "miss", "stale", "wait")
}


def answer(result: str | None, copy: Copy, seconds: int) -> Response:
    """Answer with a copy, and count how it was come by."""
    if result:
        count(result)
    status, headers, body = copy.answer(request.environ, seconds)
    response = Response(body, status, headers)
    response.automatically_set_content_length = False  # A HEAD's length is the page's.
    return response


_local_locks: set[str] = set()
_local_guard = threading.Lock()


def acquire(lock: str) -> bool:
    """Take a lock in this process, then among all processes; False when someone has it."""
    with _local_guard:
        if lock in _local_locks:
            return False
        _local_locks.add(lock)
    # A Redis that is away answers None: the process's own lock has to do then.
    if cache.add(lock, 1, RENDER_SECONDS) is False:
        with _local_guard:
            _local_locks.discard(lock)
        return False
    return True


def release(lock: str) -> None:
    """Give the lock back."""
    cache.delete(lock)
    with _local_guard:
        _local_locks.discard(lock)


def wait_for_copy(key: str, version: str) -> Copy | None:
    """Return the copy that someone else renders, or None when it takes too long."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        copy = load(key)
        if copy and copy.is_fresh(version):
            return copy
    return None
