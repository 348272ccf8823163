"""Probes: is the process alive, has it started, can it do useful work now.

| path | asks | fails |
|---|---|---|
| `/healthz/live` | nothing | when the process cannot answer |
| `/healthz/startup` | the database and its schema, until both were fit once | until then |
| `/healthz/ready` | the same; pool; drain file | not started, pool exhausted, draining |

A database that goes away later is reported by `ready` but does not make it fail: cached pages are
still served, and taking every replica out at once would turn a partial outage into a whole one.
"""

import logging
import os
from pathlib import Path
from threading import Event

from flask import Blueprint, Flask, Response, current_app, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from app.extensions import csrf, db, limiter
from app.ops import schema

bp = Blueprint("health", __name__, url_prefix="/healthz")
DRAIN_FILE = "IRONPRESS_DRAIN_FILE"

logger = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    """Mount the probes; neither limits nor HTTPS redirects may stand in their way."""
    app.extensions["started"] = Event()
    app.register_blueprint(bp)
    csrf.exempt(bp)
    limiter.exempt(bp)
    for view in (live, startup, ready):
        # What Talisman reads its options for one view from.
        setattr(view, "talisman_view_options", {"force_https": False})  # noqa: B010


@bp.get("/live")
def live() -> Response:
    """Answer that the process serves requests."""
    return jsonify(status="ok")


@bp.get("/startup")
def startup() -> tuple[Response, int]:
    """Answer whether the process has started: its database has answered, with our tables."""
    started = has_started()
    return jsonify(status="ok" if started else "starting"), 200 if started else 503


@bp.get("/ready")
def ready() -> tuple[Response, int]:
    """Answer whether the process should get requests, with the reasons."""
    checks = {
        "started": has_started(),
        "draining": is_draining(),
        "pool_exhausted": pool_exhausted(),
    }
    is_ready = checks["started"] and not checks["draining"] and not checks["pool_exhausted"]
    database = "not asked" if checks["pool_exhausted"] else database_state()
    body = {"status": "ok" if is_ready else "unavailable", "database": database, **checks}
    return jsonify(body), 200 if is_ready else 503


def has_started() -> bool:
    """Say whether this process has ever found a database that it can run on."""
    started: Event = current_app.extensions["started"]
    if not started.is_set() and database_state() == "ok" and has_schema():
        started.set()
    return started.is_set()


def has_schema() -> bool:
    """Say whether the database has the tables of this release, or of a later one."""
    try:
        reason = schema.missing()
    except SQLAlchemyError:
        return False
    if reason:
        logger.warning("Not ready: %s Run the migration: flask db upgrade", reason)
    return reason is None


def is_draining() -> bool:
    """Say whether the operator has taken this process out of rotation (a file tells)."""
    path = os.environ.get(DRAIN_FILE)
    return path is not None and Path(path).exists()


def pool_exhausted() -> bool:
    """Say whether every connection that the pool may open is in use."""
    pool = db.engine.pool
    if not isinstance(pool, QueuePool):
        return False
    limit: int = pool.size() + current_app.config["DATABASE_MAX_OVERFLOW"]
    return pool.checkedout() >= limit


def database_state() -> str:
    """Return `ok`, or `unavailable` when the database does not answer a trivial statement."""
    try:
        with db.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return "unavailable"
    return "ok"
