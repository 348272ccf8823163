"""Connections: pool, time-outs, and what SQLite must be told on each connection."""

import sqlite3
from typing import Any

from flask import Flask, abort, request
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from app.extensions import db
from app.ops.pool import MeasuredPool


def init_app(app: Flask) -> None:
    """Set the engine's options for the database at hand."""
    url: str = app.config["DATABASE_URL"]
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    options = sqlite_options(app) if url.startswith("sqlite") else postgresql_options(app)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
    app.before_request(refuse_nul)


def refuse_nul() -> None:
    """Answer 404 for an address with a NUL, which PostgreSQL cannot even look for."""
    if "\0" in request.environ["PATH_INFO"]:
        abort(404)


def sqlite_options(app: Flask) -> dict[str, Any]:
    """Wait for the write lock as long as a statement may take."""
    return {
        "hide_parameters": True,
        "connect_args": {"timeout": app.config["DATABASE_STATEMENT_TIMEOUT"] / 1000},
    }


def postgresql_options(app: Flask) -> dict[str, Any]:
    """Bound the pool, the waits and the statements; test a connection before it is used."""
    config = app.config
    timeout = config["DATABASE_STATEMENT_TIMEOUT"]
    return {
        "poolclass": MeasuredPool,
        "pool_size": config["DATABASE_POOL_SIZE"],
        "max_overflow": config["DATABASE_MAX_OVERFLOW"],
        "pool_timeout": config["DATABASE_POOL_TIMEOUT"],
        "pool_recycle": config["DATABASE_POOL_RECYCLE"],
        "pool_pre_ping": True,
        "pool_use_lifo": True,
        "hide_parameters": True,  # They are what visitors wrote; the log must not hold them.
        "connect_args": {
            "application_name": "ironpress",
            "connect_timeout": config["DATABASE_CONNECT_TIMEOUT"],
            # Who only listens would not notice else that the other side is gone.
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 20_000,
            # To compile a statement, or to start processes for it, takes longer than any of ours.
            "options": f"-c statement_timeout={timeout} -c timezone=UTC"
            " -c jit=off -c max_parallel_workers_per_gather=0",
        },
    }


@event.listens_for(Engine, "connect")
def prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Enforce foreign keys and let readers go on while one writes (WAL)."""
    if not isinstance(connection, sqlite3.Connection):
        return
    for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")


def forget_connections(app: Flask) -> None:
    """Drop what a fork inherited without closing it: the parent still owns the sockets."""
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose(close=False)
