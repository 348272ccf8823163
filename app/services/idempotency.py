"""Requests that may be repeated: carried out once, answered the same way ever after.

The key is claimed in a transaction of its own, so that a second request waits instead of working.
The answer is written in the transaction that does the work: after a crash either both are there or
neither is, and then the next request takes the claim over once its lease has run out.
"""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, event, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.extensions import db
from app.models import IdempotencyKey
from app.models.base import utc_now
from app.services.errors import Conflict, Invalid

KEPT = timedelta(hours=24)
# Longer than any request may take (edge and worker end it before).
LEASE = timedelta(seconds=60)
WAIT_SECONDS = 10.0
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Answer:
    """An answer as it is kept: status, body, and where the thing that was made stands."""

    status: int
    body: str
    location: str | None


@dataclass(frozen=True)
class Claim:
    """The right to carry a request out."""

    key_id: int
    lease: str


class InProgress(Conflict):
    """The same request is still being carried out."""


def claim(*, user_id: int, key: str, fingerprint: str) -> Claim | Answer:
    """Claim a key, or return the answer that it has; waits while someone else is at it.

    `fingerprint` tells requests apart. Raises `Invalid` for a key that another request has, and
    `InProgress` when the other one takes too long.
    """
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        found = claim_now(user_id, key, fingerprint)
        if found is not None:
            return found
        if time.monotonic() > deadline:
            raise InProgress(_("The same request is still being carried out."))
        time.sleep(POLL_SECONDS)


def claim_now(user_id: int, key: str, fingerprint: str) -> Claim | Answer | None:
    """Claim a key or return its answer; None while someone else is at it."""
    if claimed := claim_unused(user_id, key, fingerprint):
        return claimed
    # Columns, not an object: the rollback below would make an object forget what it holds.
    row = db.session.execute(
        select(*IdempotencyKey.__table__.columns).where(
            IdempotencyKey.user_id == user_id, IdempotencyKey.key == key
        )
    ).first()
    # A request that waits must not hold a connection.
    db.session.rollback()
    if row is None:
        return None
    if row.fingerprint != fingerprint:
        raise Invalid({"Idempotency-Key": [_("Another request had this key.")]})
    if row.status is not None:
        return Answer(row.status, row.body or "", row.location)
    return take_over(row.id, row.lease)


def claim_unused(user_id: int, key: str, fingerprint: str) -> Claim | None:
    """Claim a key that no request has had for a day; None when there is one."""
    now = utc_now()
    row = IdempotencyKey(
        user_id=user_id, key=key, fingerprint=fingerprint, lease=secrets.token_hex(16)
    )
    try:
        db.session.execute(
            delete(IdempotencyKey)
            .where(IdempotencyKey.user_id == user_id, IdempotencyKey.created_at < now - KEPT)
            .execution_options(synchronize_session=False)
        )
        db.session.add(row)
        db.session.flush()
        claimed = Claim(row.id, row.lease)
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        return None
    return claimed


def take_over(key_id: int, lease: str) -> Claim | None:
    """Claim a key whose holder has not answered in time: it has crashed."""
    claimed = Claim(key_id, secrets.token_hex(16))
    taken = db.session.execute(
        update(IdempotencyKey)
        .where(
            IdempotencyKey.id == key_id,
            IdempotencyKey.lease == lease,
            IdempotencyKey.status.is_(None),
            IdempotencyKey.leased_at < utc_now() - LEASE,
        )
        .values(lease=claimed.lease, leased_at=utc_now())
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    return claimed if taken.rowcount else None  # type: ignore[attr-defined]


def release(claimed: Claim) -> None:
    """Give up a claim whose request did nothing, so that it may be corrected and sent again."""
    db.session.rollback()
    db.session.execute(
        delete(IdempotencyKey)
        .where(*held(claimed), IdempotencyKey.status.is_(None))
        .execution_options(synchronize_session=False)
    )
    db.session.commit()


def keep_answer(claimed: Claim, answer: Answer) -> None:
    """Keep the answer of a request that had nothing to add."""
    complete(claimed, answer)
    db.session.commit()


def complete(claimed: Claim, answer: Answer) -> None:
    """Keep an answer, without committing; raises `InProgress` when the claim was taken over."""
    kept = db.session.execute(
        update(IdempotencyKey)
        .where(*held(claimed))
        .values(status=answer.status, body=answer.body, location=answer.location)
        .execution_options(synchronize_session=False)
    )
    if not kept.rowcount:  # type: ignore[attr-defined]  # An UPDATE gives a CursorResult.
        raise InProgress(_("The same request is still being carried out."))


def held(claimed: Claim) -> tuple[Any, ...]:
    """Return the condition that a claim has not been taken over."""
    return (IdempotencyKey.id == claimed.key_id, IdempotencyKey.lease == claimed.lease)


@contextmanager
def answering(
    claimed: Claim, kind: type[Any], describe: Callable[[Any], Answer]
) -> Iterator[list[Answer]]:
    """Keep, in the transaction that makes a row of `kind`, the answer that describes it.

    Gives the list in which the answer stands once that transaction is about to commit.
    """
    session: Session = db.session()
    made: list[Any] = []
    answers: list[Answer] = []

    def collect(_session: Session, _context: Any) -> None:
        made.extend(row for row in session.new if isinstance(row, kind))

    def keep(_session: Session) -> None:
        session.flush()
        if made and not answers:
            answers.append(describe(made[-1]))
            complete(claimed, answers[0])

    def forget(_session: Session, _transaction: Any) -> None:
        made.clear()
        answers.clear()

    listeners: dict[str, Callable[..., None]] = {
        "after_flush": collect,
        "before_commit": keep,
        "after_soft_rollback": forget,
    }
    for name, listener in listeners.items():
        event.listen(session, name, listener)
    try:
        yield answers
    finally:
        for name, listener in listeners.items():
            event.remove(session, name, listener)
