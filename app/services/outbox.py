"""Carries out what transactions left to be done: at least once, in spite of crashes and outages.

A message is claimed in a short transaction that hides it from other workers for a while; then it
is worked on without holding a connection; then its end is recorded. A worker that dies in between
leaves a message that comes back by itself. No message is deleted on failure: after the last try
it stays, marked dead, until an operator revives it.
"""

import logging
import random
import smtplib
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Row, and_, case, delete, func, select, true, update

from app import correlation, metrics
from app.extensions import db
from app.models import OutboxMessage
from app.models.base import UtcDateTime, utc_now
from app.services.outbox_handlers import HANDLERS, WAITING_FOR_EDGES, Claimed, Means
from app.services.smtp import open_transport

MAX_ATTEMPTS = 10
# Longer than the slowest conversation with a mail server, so that no two workers send one mail.
CLAIM = timedelta(minutes=5)
# 30 s, 90 s, 4.5 min … 12 h: the tries span 33 hours, which outlasts a bad day.
FIRST_DELAY = timedelta(seconds=30)
DELAY_FACTOR = 3
LONGEST_DELAY = timedelta(hours=12)
JITTER = 0.1
KEPT_WHEN_DONE = timedelta(days=30)
ERROR_CHARS = 500

logger = logging.getLogger(__name__)


def deliver_due(*, limit: int = 100, edges: bool | None = None) -> int:
    """Carry out the messages that are due, at most `limit`; return how many were done.

    With `edges` of those only that wait for edges, or that do not: neither stands behind the
    others. Those that wait for edges are all claimed first, so that a page that several name is
    asked for once. Stops early when the mail server cannot be used: the rest would only meet the
    same.
    """
    done = 0
    config = current_app.config
    messages: Iterable[Claimed] = islice(iter(partial(claim, edges=edges), None), limit)
    if edges:
        messages = list(messages)
    with open_transport(
        config["SMTP_URL"], whole_to_log=config["LOG_FORMAT"] == "text"
    ) as transport:
        means = Means(transport)
        for message in messages:
            if not edges:
                means.refreshed.clear()
            with (
                correlation.following(message.request_id),
                correlation.span(f"outbox {message.kind}", parent=message.traceparent),
            ):
                error = attempt(message, means)
            if error is None:
                done += 1
            elif not edges and is_outage(error):
                break
    if done:
        forget_done()
    return done


def revive_dead() -> int:
    """Make every dead message due again, its tries counted anew; return how many there were."""
    dead = update(OutboxMessage).where(OutboxMessage.dead_at.is_not(None))
    revived = db.session.execute(dead.values(dead_at=None, attempts=0, available_at=utc_now()))
    db.session.commit()
    return int(revived.rowcount)  # type: ignore[attr-defined]  # An UPDATE's result has it.


def claim(*, edges: bool | None = None) -> Claimed | None:
    """Take the message of a line that has been due for longest, or return None."""
    waits_for_edges = OutboxMessage.kind.in_(WAITING_FOR_EDGES)
    lines = {None: true(), True: waits_for_edges, False: ~waits_for_edges}
    # Asked first, because on SQLite even an UPDATE of nothing waits for the write lock.
    longest_due = db.session.execute(
        select(OutboxMessage.id, OutboxMessage.available_at)
        .where(is_due(), lines[edges])
        .order_by(OutboxMessage.available_at, OutboxMessage.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if longest_due is None:
        db.session.rollback()
        return None
    taken = db.session.execute(
        update(OutboxMessage)
        # Said again for SQLite, which locks no rows: another may have been quicker.
        .where(OutboxMessage.id == longest_due.id, is_due())
        .values(attempts=OutboxMessage.attempts + 1, available_at=utc_now() + CLAIM)
        .returning(
            OutboxMessage.id,
            OutboxMessage.kind,
            OutboxMessage.payload,
            OutboxMessage.attempts,
            OutboxMessage.created_at,
            OutboxMessage.request_id,
            OutboxMessage.traceparent,
        )
        .execution_options(synchronize_session=False)
    ).one_or_none()
    db.session.commit()
    if taken is None:
        return None
    first_due = longest_due.available_at if taken.attempts == 1 else taken.created_at
    return Claimed(due_at=first_due, **taken._mapping)


def is_due() -> ColumnElement[bool]:
    """Return the condition of a message that waits to be carried out now."""
    return and_(
        OutboxMessage.done_at.is_(None),
        OutboxMessage.dead_at.is_(None),
        OutboxMessage.available_at <= utc_now(),
    )


def attempt(message: Claimed, means: Means) -> Exception | None:
    """Carry a message out, or put it off and return what went wrong."""
    try:
        carry_out(message, means)
    except Exception as error:
        db.session.rollback()
        record_failure(message, error)
        return error
    return None


def carry_out(message: Claimed, means: Means) -> None:
    """Do what a message says and mark it done, in one transaction.

    What it said is not kept: mails hold links that open accounts.
    """
    if message.attempts > MAX_ATTEMPTS:
        raise RuntimeError("the worker ended during every try")
    HANDLERS[message.kind](message, means)
    done = update(OutboxMessage).where(OutboxMessage.id == message.id)
    db.session.execute(done.values(done_at=utc_now(), payload={}, last_error=None))
    db.session.commit()
    logger.info("%s %d is done.", message.kind, message.id)
    metrics.outbox_processed.labels(message.kind, "done").inc()
    late = (utc_now() - message.due_at).total_seconds()
    metrics.outbox_delay_seconds.labels(message.kind).observe(max(0.0, late))


def record_failure(message: Claimed, error: Exception) -> None:
    """Put a message off, or mark it dead after its last try."""
    reason = f"{type(error).__name__}: {error}"[:ERROR_CHARS]
    values: dict[str, Any] = {"last_error": reason}
    if message.attempts >= MAX_ATTEMPTS:
        values["dead_at"] = utc_now()
        metrics.outbox_processed.labels(message.kind, "dead").inc()
        logger.error("Gave up on %s %d: %s", message.kind, message.id, reason)
    else:
        wait = delay(message.attempts)
        metrics.outbox_processed.labels(message.kind, "failed").inc()
        values["available_at"] = utc_now() + wait
        logger.warning(
            "%s %d failed and is tried again in %d s: %s",
            message.kind,
            message.id,
            wait.total_seconds(),
            reason,
        )
    db.session.execute(update(OutboxMessage).where(OutboxMessage.id == message.id).values(**values))
    db.session.commit()


def delay(attempts: int) -> timedelta:
    """Return how long to wait after so many tries; a little random, so that they spread."""
    factor: int = DELAY_FACTOR ** (attempts - 1)
    wait = min(FIRST_DELAY * factor, LONGEST_DELAY)
    return wait * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311


def is_outage(error: Exception) -> bool:
    """Say whether an error concerns the mail server rather than the one mail."""
    about_the_mail = (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)
    return isinstance(error, OSError) and not isinstance(error, about_the_mail)


def forget_done() -> None:
    """Delete what was done long ago."""
    long_ago = utc_now() - KEPT_WHEN_DONE
    db.session.execute(delete(OutboxMessage).where(OutboxMessage.done_at < long_ago))
    db.session.commit()


def depths() -> list[Row[tuple[str, int, int, int, datetime | None]]]:
    """Return for each kind how many are due, put off and given up, and since when the first is due.

    One that failed has been due since it was written.
    """
    waits = OutboxMessage.dead_at.is_(None)
    due = and_(waits, OutboxMessage.available_at <= utc_now())
    first_due = case(
        (and_(waits, OutboxMessage.attempts > 0), OutboxMessage.created_at),
        (due, OutboxMessage.available_at),
    )
    rows = db.session.execute(
        select(
            OutboxMessage.kind,
            func.count(case((due, 1))).label("due"),
            func.count(case((and_(waits, ~due), 1))).label("delayed"),
            func.count(OutboxMessage.dead_at).label("dead"),
            func.min(first_due, type_=UtcDateTime).label("first_due"),
        )
        .where(OutboxMessage.done_at.is_(None))
        .group_by(OutboxMessage.kind)
    ).all()
    return list(rows)
