"""The log of privileged acts: who did what, to what, when, from where."""

from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from babel.dates import get_timezone
from flask import Flask, current_app
from sqlalchemy import ColumnElement, select

from app.extensions import db
from app.models import AuditEntry, User
from app.services.paging import list_page
from app.services.reading import Page
from app.services.spreadsheet import line_of, safe

# Who acts when nobody is logged in: the operator at a prompt.
OPERATOR = "(operator)"
# Where the present request comes from (app/ops/frame.py); empty outside of one.
origin: ContextVar[str] = ContextVar("origin", default="")
COLUMNS = ("id", "created_at", "actor", "action", "target", "details", "address")
BATCH = 500


@dataclass(frozen=True)
class Filter:
    """Which acts are asked for; empty means all. Days are the site's."""

    actor: str = ""
    action: str = ""
    since: date | None = None
    until: date | None = None


def record(*, actor: User | None, action: str, target: str, **details: Any) -> None:
    """Add an act to the log, in the transaction that carries it out."""
    db.session.add(
        AuditEntry(
            actor=actor.username if actor else OPERATOR,
            action=action,
            target=target[:250],
            details=details,
            address=origin.get()[:45],
        )
    )


def record_export(*, actor: User) -> None:
    """Log that someone takes the log away."""
    record(actor=actor, action="audit.export", target="audit log")
    db.session.commit()


def list_entries(*, only: Filter, page: int, per_page: int) -> Page:
    """Return a page of the log, the latest first. Raises `NotFound` for a page not there."""
    statement = select(AuditEntry).where(*conditions(only)).order_by(AuditEntry.id.desc())
    return list_page(statement, page=page, per_page=per_page)


def list_actions() -> list[str]:
    """Return the kinds of acts that the log holds."""
    return list(db.session.scalars(select(AuditEntry.action).distinct().order_by("action")))


def conditions(only: Filter) -> list[ColumnElement[bool]]:
    """Return what a filter asks for."""
    found = []
    if only.actor:
        found.append(AuditEntry.actor == only.actor)
    if only.action:
        found.append(AuditEntry.action == only.action)
    if only.since:
        found.append(AuditEntry.created_at >= midnight(only.since))
    if only.until:
        found.append(AuditEntry.created_at < midnight(only.until + timedelta(days=1)))
    return found


def midnight(day: date) -> datetime:
    """Return when a day of the site's time zone begins."""
    return datetime.combine(day, time(), get_timezone(current_app.config["TIME_ZONE"]))


def stream_csv(app: Flask, only: Filter) -> Iterator[str]:
    """Yield the log as CSV, the oldest act first, a batch of lines at a time."""
    yield line_of(COLUMNS)
    last = 0
    while True:
        # A context for each batch: between two of them whoever reads may go away for good.
        with app.app_context():
            statement = (
                select(AuditEntry)
                .where(AuditEntry.id > last, *conditions(only))
                .order_by(AuditEntry.id)
                .limit(BATCH)
            )
            rows = db.session.scalars(statement).all()
            lines = [line_of(cells(row)) for row in rows]
            last = rows[-1].id if rows else last
        if not lines:
            return
        yield "".join(lines)


def cells(entry: AuditEntry) -> list[Any]:
    """Return the cells of an act."""
    details = "; ".join(f"{name}: {value}" for name, value in entry.details.items())
    texts = (entry.actor, entry.action, entry.target, details, entry.address)
    return [entry.id, *map(safe, (entry.created_at, *texts))]
