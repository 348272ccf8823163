"""Refreshes the edges as soon as something has changed: listens to PostgreSQL for it.

Only speed is lost with it: each change also left a row in the outbox. The page that has changed
waits for nothing; the lists that show it follow in a thread of their own, a few at a time, once for
all that changes meanwhile, and take half of the time at most.
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


def start(app: Flask, ended: threading.Event) -> list[threading.Thread]:
    """Start the threads where there are edges, and a database that can tell."""
    with app.app_context():
        if not app.config["EDGE_REFRESH_URL"] or db.engine.dialect.name != "postgresql":
            return []
    lists = Lists()
    threads = [
        threading.Thread(target=work, args=(app, ended, lists), name=name, daemon=True)
        for name, work in (("refresher", run), ("lists", run_for_lists))
    ]
    for thread in threads:
        thread.start()
    return threads


def run(app: Flask, ended: threading.Event, lists: "Lists") -> None:
    """Listen until told to stop; begin anew when the connection is lost."""
    while not ended.is_set():
        try:
            with app.app_context():
                listen(ended, lists)
        except Exception as error:
            logger.warning("Not told about changes (%s); trying again.", type(error).__name__)
            ended.wait(PAUSE_AFTER_FAILURE_SECONDS)


def run_for_lists(app: Flask, ended: threading.Event, lists: "Lists") -> None:
    """Refresh lists, and leave the application as much time as each few took."""
    with app.app_context():
        while not ended.is_set():
            if pages := lists.take(LOOK_SECONDS):
                started = time.monotonic()
                refresh(pages)
                ended.wait(time.monotonic() - started)


def listen(ended: threading.Event, lists: "Lists") -> None:
    """Refresh what is told about."""
    connection = db.engine.raw_connection()
    driver: Any = connection.driver_connection
    connection.detach()  # It waits here for hours: the pool's rules are not for it.
    try:
        driver.set_session(autocommit=True)
        with driver.cursor() as cursor:
            cursor.execute(f"LISTEN {site.CHANNEL}")
        while not ended.is_set():
            if select.select([driver], [], [], LOOK_SECONDS)[0]:
                driver.poll()
                told = [json.loads(notice.payload) for notice in driver.notifies]
                driver.notifies.clear()
                changed = list(dict.fromkeys(pages[0] for pages in told))
                refresh(changed)
                lists.add(page for pages in told for page in pages if page not in changed)
    finally:
        driver.close()


class Lists:
    """The pages that show a change among others, in the order in which they came."""

    def __init__(self) -> None:
        self.waiting: dict[str, None] = {}
        self.more = threading.Condition()

    def add(self, pages: Iterable[str]) -> None:
        """Put pages at the end, once each."""
        with self.more:
            self.waiting |= dict.fromkeys(pages)
            self.more.notify_all()

    def take(self, seconds: float) -> list[str]:
        """Take the next few, or none when none have come for so long."""
        with self.more:
            self.more.wait_for(lambda: self.waiting, seconds)
            some = list(self.waiting)[: edges.PAGES_AT_ONCE]
            for page in some:
                del self.waiting[page]
            return some


def refresh(pages: list[str]) -> None:
    """Refresh pages at every edge; what an edge misses it is told once more."""
    try:
        edges.refresh(pages)
    except Exception as error:
        is_unforeseen = not isinstance(error, edges.RefreshFailed)
        logger.warning("Not every edge is refreshed: %s", error, exc_info=is_unforeseen)
