"""Asks every edge for pages anew, which overwrites the copies that it keeps for readers.

The old copy stays until the new one is there. An edge that is dead or hangs costs the others
nothing: each has its own connections, every wait has an end, and after a failure it is left alone
for a moment. What it missed it finds out by itself, since no copy is served for longer than
EDGE_FRESH_SECONDS without a look at the application.
"""

import http.client
import logging
import socket
import threading
import time
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import product
from urllib.parse import urlsplit

from flask import current_app

LANGUAGES = ("zh", "en")
CONNECTIONS_PER_EDGE = 4
PAGES_AT_ONCE = 2
TIMEOUT_SECONDS = 5.0
ROUND_SECONDS = 10.0
PAUSE_AFTER_FAILURE_SECONDS = 5.0

logger = logging.getLogger(__name__)
Address = tuple[str, int]
# Edges that failed, and until when they are left alone (monotonic seconds).
_paused: dict[Address, float] = {}
# Pages that are asked for right now.
_asked: set[str] = set()
_turns = threading.Condition()


class RefreshFailed(Exception):
    """Says which edges did not take the new pages."""


def refresh(pages: Iterable[str]) -> None:
    """Overwrite the copies of pages, in every language, at every edge.

    Raises `RefreshFailed` when an edge could not be asked or did not answer in time.
    """
    started = time.monotonic()
    wanted = list(product(dict.fromkeys(pages), LANGUAGES))
    edges = addresses()
    if not edges or not wanted:
        return
    url, key = current_app.config["SITE_URL"], current_app.config["EDGE_REFRESH_KEY"]
    headers = {"Host": urlsplit(url).netloc, "X-Refresh-Key": key}
    jobs = [
        (edge, wanted[first::CONNECTIONS_PER_EDGE], headers)
        for edge in edges
        for first in range(min(CONNECTIONS_PER_EDGE, len(wanted)))
    ]
    with turn(page for page, _ in wanted), ThreadPoolExecutor(len(jobs)) as pool:
        faults = dict(fault for fault in pool.map(lambda job: ask(*job), jobs) if fault)
    seconds = time.monotonic() - started
    logger.info(
        "Refreshed %s and %d more copies at %d of %d edges in %.3f s.",
        wanted[0][0], len(wanted) - 1, len(edges) - len(faults), len(edges), seconds,
    )  # fmt: skip
    if faults:
        raise RefreshFailed("; ".join(f"{edge[0]}: {fault}" for edge, fault in faults.items()))


@contextmanager
def turn(pages: Iterable[str]) -> Iterator[None]:
    """Let nobody else ask for these pages meanwhile: the answers of an older round come first."""
    mine = set(pages)
    with _turns:
        _turns.wait_for(lambda: _asked.isdisjoint(mine))
        _asked.update(mine)
    try:
        yield
    finally:
        with _turns:
            _asked.difference_update(mine)
            _turns.notify_all()


def refresh_in_parts(pages: Iterable[str], done: Collection[str] = ()) -> None:
    """Refresh pages that are not done yet, a few at a time: the application has readers, too.

    Raises `RefreshFailed` as `refresh` does, and leaves out what would have come after.
    """
    rest = [page for page in dict.fromkeys(pages) if page not in done]
    while rest:
        part, rest = rest[:PAGES_AT_ONCE], rest[PAGES_AT_ONCE:]
        refresh(part)


def addresses() -> list[Address]:
    """Return every address of the name in EDGE_REFRESH_URL: behind it may stand many edges."""
    target = urlsplit(current_app.config["EDGE_REFRESH_URL"])
    if not target.hostname:
        return []
    try:
        found = socket.getaddrinfo(target.hostname, target.port or 80, type=socket.SOCK_STREAM)
    except OSError as error:
        raise RefreshFailed(f"{target.hostname}: {error}") from None
    return sorted({(str(address[0]), int(address[1])) for *_, address in found})


def ask(
    edge: Address, pages: list[tuple[str, str]], headers: dict[str, str]
) -> tuple[Address, str] | None:
    """Ask one edge for pages over one connection; return the edge and what went wrong, if so."""
    if _paused.get(edge, 0) > time.monotonic():
        return edge, "left alone after a failure"
    deadline = time.monotonic() + ROUND_SECONDS
    connection = http.client.HTTPConnection(*edge, timeout=TIMEOUT_SECONDS)
    try:
        for status in answers(connection, pages, headers):
            if status in (401, 403) or status >= 500:
                return edge, f"answered {status}"
            if time.monotonic() > deadline:
                return edge, "too slow"
    except (OSError, http.client.HTTPException) as error:
        _paused[edge] = time.monotonic() + PAUSE_AFTER_FAILURE_SECONDS
        return edge, f"{type(error).__name__} {error}"
    finally:
        connection.close()
    return None


def answers(
    connection: http.client.HTTPConnection, pages: list[tuple[str, str]], headers: dict[str, str]
) -> Iterator[int]:
    """Ask for one page after the other; give the status of each answer."""
    for page, language in pages:
        connection.request("GET", page, headers={**headers, "Accept-Language": language})
        answer = connection.getresponse()
        answer.read()
        yield answer.status
