"""Lets readers see a change: cached pages become outdated, the edges are told to ask anew.

    transaction: the change, and a row in the outbox with the pages that show it
    commit
    touch: a new version of the site ─▶ the application renders anew
           NOTIFY ─▶ the worker asks every edge for the pages, at once
    two seconds later: the worker carries out the row, and asks every edge for the pages again

The second asking is for what the first could miss: a crash after the commit, and an edge to which
an answer from before the change was still on its way and so arrived last.
"""

import json
import logging
import secrets
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from app import metrics
from app.extensions import cache, db
from app.models import OutboxMessage
from app.models.base import utc_now

KEY = "site-version"
VERSION_SECONDS = 30 * 24 * 3600
REFRESH_KIND = "refresh"
SETTLED_AFTER = timedelta(seconds=2)
CHANNEL = "ironpress_refresh"
# PostgreSQL carries less than 8,000 bytes; what does not fit is left to the row.
NOTICE_BYTES = 7900

logger = logging.getLogger(__name__)


def queue_refresh(pages: Sequence[str]) -> None:
    """Have pages refreshed at the edges once the caller's transaction is committed."""
    if pages and current_app.config["EDGE_REFRESH_URL"]:
        payload = {"pages": list(pages), "version": version()}
        due = utc_now() + SETTLED_AFTER
        db.session.add(OutboxMessage(kind=REFRESH_KIND, payload=payload, available_at=due))


def touch(pages: Sequence[str] = ()) -> None:
    """Make every cached page outdated and have the edges ask for some at once.

    Call it after the commit that changed something. It does not fail with the database: the row
    in the outbox does the same a little later.
    """
    change_version()
    if not pages or not current_app.config["EDGE_REFRESH_URL"]:
        return
    try:
        tell(pages)
    except SQLAlchemyError:
        logger.warning("The refresh of %d pages waits for its turn.", len(pages), exc_info=True)


def tell(pages: Sequence[str]) -> None:
    """Wake the worker that refreshes the edges."""
    if db.engine.dialect.name != "postgresql":
        return
    notice = json.dumps(pages)
    while len(notice) > NOTICE_BYTES:
        pages = pages[: len(pages) // 2]
        notice = json.dumps(pages)
    # Not the session's connection: its objects would all be loaded again after the commit.
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(select(func.pg_notify(CHANNEL, notice)))


def change_version() -> None:
    """Make every cached page outdated."""
    if current_app.config["REDIS_URL"]:
        cache.set(KEY, secrets.token_hex(8), VERSION_SECONDS)
        return
    # Without Redis a file tells the other processes of the machine, commands among them.
    path = _version_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(secrets.token_hex(8), encoding="ascii")


def version() -> str:
    """Return the version; it differs after each change."""
    if current_app.config["REDIS_URL"]:
        return noted(cache.get(KEY))
    try:
        return str(_version_file().stat().st_mtime_ns)
    except FileNotFoundError:
        return ""


def version_and(key: str) -> tuple[str, Any]:
    """Return the version and what is cached under a key, with one question to Redis."""
    if not current_app.config["REDIS_URL"]:
        return version(), cache.get(key)
    found, value = cache.get_many(KEY, key)
    return noted(found), value


def noted(found: str | None) -> str:
    """Return a version that was looked up, and count whether there was one."""
    metrics.cache_requests.labels("site_version", "hit" if found else "miss").inc()
    return str(found or "")


def _version_file() -> Path:
    return Path(current_app.config["DATA_DIR"]) / "site-version"
