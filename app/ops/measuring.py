"""Measures what only the database knows: the outbox's depth, waiting comments, the schema.

Whoever carries out the outbox does it every few seconds, so that a scrape asks no database.
"""

import time
from itertools import product

from flask import Flask, current_app

from app import metrics
from app.extensions import db
from app.models.base import utc_now
from app.ops import schema
from app.services import comments, outbox
from app.services.outbox_handlers import HANDLERS

INTERVAL_SECONDS = 10.0
STATES = ("due", "delayed", "dead")


def measure_when_due(app: Flask) -> None:
    """Measure unless that was done a moment ago."""
    now = time.monotonic()
    if now - app.extensions.get("measured_at", -INTERVAL_SECONDS) >= INTERVAL_SECONDS:
        app.extensions["measured_at"] = now
        measure()


def measure() -> None:
    """Look into the database and set the gauges; the caller has an application context."""
    measure_outbox()
    metrics.comments_waiting.set(comments.count_waiting())
    measure_schema()
    db.session.rollback()
    metrics.outbox_measured.set_to_current_time()


def measure_outbox() -> None:
    """Set depth and age for every kind, those with nothing to do included."""
    found = {row.kind: row for row in outbox.depths()}
    for kind, state in product(HANDLERS, STATES):
        depth = getattr(found[kind], state) if kind in found else 0
        metrics.outbox_messages.labels(kind, state).set(depth)
    for kind in HANDLERS:
        first_due = found[kind].first_due if kind in found else None
        age = (utc_now() - first_due).total_seconds() if first_due else 0.0
        metrics.outbox_oldest_age.labels(kind).set(max(0.0, age))


def measure_schema() -> None:
    """Compare the database's migrations with this release's."""
    expected, current = schema.revisions()[-1], schema.current_revision() or "none"
    shown = current_app.extensions.setdefault("schema_shown", (current, expected))
    if shown != (current, expected):
        metrics.schema_info.labels(*shown).set(0)
        current_app.extensions["schema_shown"] = (current, expected)
    metrics.schema_info.labels(current, expected).set(1)
    metrics.schema_is_current.set(current == expected)
