"""Refreshes the edges as soon as something has changed: listens to PostgreSQL for it.

Only speed is lost with it: each change also left a row in the outbox. While changes come in fast,
what they touch is asked for together, for half of the time at most.
"""

import json
import logging
import select
import threading
import time
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
    try:
        driver.set_session(autocommit=True)
        with driver.cursor() as cursor:
            cursor.execute(f"LISTEN {site.CHANNEL}")
        while not ended.is_set():
            if select.select([driver], [], [], LOOK_SECONDS)[0]:
                driver.poll()
                pages = [page for notice in driver.notifies for page in json.loads(notice.payload)]
                driver.notifies.clear()
                refresh(pages, ended)
    finally:
        driver.close()


def refresh(pages: list[str], ended: threading.Event) -> None:
    """Refresh pages, then leave the application as much time as that took."""
    started = time.monotonic()
    try:
        edges.refresh(pages)
    except edges.RefreshFailed as error:
        logger.warning("Not every edge is refreshed: %s", error)
    ended.wait(time.monotonic() - started)
