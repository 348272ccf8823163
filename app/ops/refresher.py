"""Refreshes the edges as soon as something has changed: listens to PostgreSQL for it.

Only speed is lost with it: each change also left a row in the outbox. The page that has changed
comes first, always; the lists that show it follow a few at a time, together for all that changes,
and take half of the time at most.
"""

import json
import logging
import select
import threading
import time
from collections.abc import Iterable
from typing import Any

from flask import Flask

from app.extensions import db
from app.services import edges, site

LOOK_SECONDS = 0.5
PAUSE_AFTER_FAILURE_SECONDS = 5.0

logger = logging.getLogger(__name__)


def start(app: Flask, ended: threading.Event) -> threading.Thread | None:
    """Start the thread where there are edges, and a database that can tell."""
    with app.app_context():
        if not app.config["EDGE_REFRESH_URL"] or db.engine.dialect.name != "postgresql":
            return None
    thread = threading.Thread(target=run, args=(app, ended), name="refresher", daemon=True)
    thread.start()
    return thread


def run(app: Flask, ended: threading.Event) -> None:
    """Listen until told to stop; begin anew when the connection is lost."""
    while not ended.is_set():
        try:
            with app.app_context():
                listen(ended)
        except Exception as error:
            logger.warning("Not told about changes (%s); trying again.", type(error).__name__)
            ended.wait(PAUSE_AFTER_FAILURE_SECONDS)


def listen(ended: threading.Event) -> None:
    """Refresh what is told about."""
    connection = db.engine.raw_connection()
    driver: Any = connection.driver_connection
    connection.detach()  # It waits here for hours: the pool's rules are not for it.
    lists = Lists()
    try:
        driver.set_session(autocommit=True)
        with driver.cursor() as cursor:
            cursor.execute(f"LISTEN {site.CHANNEL}")
        while not ended.is_set():
            if select.select([driver], [], [], lists.wait())[0]:
                driver.poll()
                told = [json.loads(notice.payload) for notice in driver.notifies]
                driver.notifies.clear()
                changed = list(dict.fromkeys(pages[0] for pages in told))
                refresh(changed)
                lists.add(page for pages in told for page in pages if page not in changed)
            lists.refresh_some()
    finally:
        driver.close()


class Lists:
    """The pages that show a change among others: they wait while something else changes."""

    def __init__(self) -> None:
        self.waiting: dict[str, None] = {}
        self.next_at = 0.0

    def add(self, pages: Iterable[str]) -> None:
        """Put pages at the end, once each."""
        self.waiting |= dict.fromkeys(pages)

    def wait(self) -> float:
        """Return for how long there is nothing to do (s)."""
        if not self.waiting:
            return LOOK_SECONDS
        return min(LOOK_SECONDS, max(0.0, self.next_at - time.monotonic()))

    def refresh_some(self) -> None:
        """Refresh a few, then leave the application as much time as that took."""
        started = time.monotonic()
        if not self.waiting or started < self.next_at:
            return
        some = list(self.waiting)[: edges.PAGES_AT_ONCE]
        for page in some:
            del self.waiting[page]
        refresh(some)
        self.next_at = 2 * time.monotonic() - started


def refresh(pages: list[str]) -> None:
    """Refresh pages at every edge; what an edge misses it is told once more."""
    try:
        edges.refresh(pages)
    except edges.RefreshFailed as error:
        logger.warning("Not every edge is refreshed: %s", error)
