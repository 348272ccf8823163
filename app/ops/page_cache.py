"""Keeps rendered pages for anonymous readers; nothing is kept unless its view asks for it.

    request ── cookie or token? ──yes──▶ view ──▶ private, no-store
       │no
       ▼
    copy of this version, young enough? ──yes──▶ copy
       │no
       ▼
    first to ask? ──yes──▶ view ──▶ keep, answer
       │no ── wait for the first's copy, then for nothing longer: an old copy, else the view

A copy is keyed by what the page may depend on and by nothing else: scheme, host, path, known
query arguments, language. When the view fails because the database is away, an old copy serves.
"""

import hashlib
import random
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from flask import Response, current_app, make_response, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app import correlation, metrics
from app.extensions import cache
from app.i18n import current_language
from app.services import site
from app.visitor import carries_login

KNOWN_ARGUMENTS = ("page", "q")
STALE_SECONDS = 24 * 3600
RENDER_SECONDS = 10
WAIT_SECONDS = 2.0
POLL_SECONDS = 0.02
JITTER = 0.1

View = Callable[..., Any]


@dataclass(frozen=True)
class Copy:
    """A page as it was rendered, and until when it is fresh (Unix seconds)."""

    body: str
    headers: dict[str, str]
    etag: str
    version: str
    fresh_until: float

    def is_fresh(self, version: str) -> bool:
        """Say whether the copy may be served without a second thought."""
        return self.version == version and time.time() < self.fresh_until


def public_page(kind: str) -> Callable[[View], View]:
    """Let a view's answers to anonymous readers be kept; `kind` is "list" or "post"."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(*args: Any, **kwargs: Any) -> Response:
            seconds = current_app.config[f"PAGE_CACHE_{kind.upper()}_SECONDS"]
            if carries_login() or request.method not in ("GET", "HEAD"):
                return private(make_response(view(*args, **kwargs)))
            if not seconds:
                return vary(make_response(view(*args, **kwargs)))
            return cached_answer(lambda: make_response(view(*args, **kwargs)), seconds)

        return wrapper

    return decorate


def private(response: Response) -> Response:
    """Forbid every cache to keep an answer that belongs to one person."""
    response.headers["Cache-Control"] = "private, no-store"
    return response


def vary(response: Response) -> Response:
    """Say what a public page depends on."""
    response.vary.update(("Accept-Language", "Cookie"))
    return response


def cached_answer(render: Callable[[], Response], seconds: int) -> Response:
    """Answer from a copy, or render one; renders once however many ask."""
    key = page_key()
    version, value = site.version_and(key)
    copy = copy_of(value)
    if copy and copy.is_fresh(version):
        count("hit")
        return answer(copy, seconds)
    lock = f"{key}:lock"
    if not acquire(lock):
        # Someone renders it now. Outdated by age alone, the old copy does meanwhile.
        if copy and copy.version == version:
            count("stale")
            return answer(copy, seconds)
        if newer := wait_for_copy(key, version):
            count("wait")
            return answer(newer, seconds)
        if copy:
            count("stale")
            return answer(copy, seconds)
    try:
        copy = load(key)  # Someone may have finished between the look and the lock.
        if copy and copy.is_fresh(version):
            count("hit")
            return answer(copy, seconds)
        count("miss")
        with (
            metrics.page_render_seconds.labels(request.endpoint).time(),
            correlation.span("render page"),
        ):
            response = render()
    except (DBAPIError, PoolTimeoutError):
        if copy:
            count("stale")
            return answer(copy, 0)
        raise
    finally:
        release(lock)
    if response.status_code != 200:
        return response
    copy = keep(key, response, version, seconds)
    return answer(copy, seconds)


def count(result: str) -> None:
    """Count how a page was come by."""
    metrics.cache_requests.labels("page", result).inc()


def page_key() -> str:
    """Return the key of the page asked for."""
    arguments = [(name, request.args[name]) for name in KNOWN_ARGUMENTS if name in request.args]
    parts = (request.scheme, request.host, request.path, urlencode(arguments), current_language())
    return "page:" + hashlib.sha256("\n".join(parts).encode()).hexdigest()


def load(key: str) -> Copy | None:
    """Return the copy kept under a key."""
    return copy_of(cache.get(key))


def copy_of(value: Any) -> Copy | None:
    """Return a copy as it was kept; anything else found in its place counts as nothing."""
    try:
        return Copy(**value)
    except TypeError:
        return None


def keep(key: str, response: Response, version: str, seconds: int) -> Copy:
    """Keep a rendered page; lifetimes differ a little so that copies do not all expire at once."""
    body = response.get_data(as_text=True)
    copy = Copy(
        body=body,
        headers={"Content-Type": response.headers["Content-Type"]},
        etag=hashlib.sha256(body.encode()).hexdigest()[:32],
        version=version,
        fresh_until=time.time() + seconds * random.uniform(1 - JITTER, 1),  # noqa: S311
    )
    cache.set(key, asdict(copy), seconds + STALE_SECONDS)
    return copy


def answer(copy: Copy, seconds: int) -> Response:
    """Build the response from a copy: 304 where the reader has it already."""
    response = Response(copy.body, headers=copy.headers)
    # Browsers ask again each time (a signed-in page must not follow from an anonymous copy); the
    # edge keeps it for the time that X-Accel-Expires says.
    response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
    response.headers["X-Accel-Expires"] = str(seconds)
    response.set_etag(copy.etag, weak=True)
    vary(response)
    response.make_conditional(request)
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
