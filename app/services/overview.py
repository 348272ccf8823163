"""The blog in numbers: what came in each of the last days, what waits now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute

from app.extensions import db
from app.models import Comment, OutboxMessage, Post, User, ViewDay
from app.models.base import utc_now

DAYS = (7, 30, 90)


@dataclass(frozen=True)
class Series:
    """What was counted on each of some days (UTC), the oldest first."""

    name: str
    days: Sequence[tuple[date, int]]

    @property
    def total(self) -> int:
        """The sum of all days."""
        return sum(count for _, count in self.days)

    @property
    def most(self) -> int:
        """The count of the best day, at least 1."""
        return max(1, *(count for _, count in self.days))


@dataclass(frozen=True)
class Waiting:
    """What somebody, or something, has yet to do."""

    comments: int
    messages: int
    dead_messages: int


def list_series(*, days: int) -> list[Series]:
    """Return posts published, comments written, views and sign-ups of the last days."""
    today = utc_now().date()
    shown = [today - timedelta(days=back) for back in range(days - 1, -1, -1)]
    views = select(ViewDay.day, ViewDay.views).where(ViewDay.day >= shown[0])
    counted: dict[str, Any] = {
        "posts": by_day(Post.published_at, shown[0], Post.is_published.is_(True)),
        "comments": by_day(Comment.created_at, shown[0], Comment.deleted_at.is_(None)),
        "views": dict(db.session.execute(views).tuples().all()),
        "sign_ups": by_day(User.created_at, shown[0]),
    }
    return [
        Series(name, [(day, counts.get(day, 0)) for day in shown])
        for name, counts in counted.items()
    ]


def by_day(
    moment: InstrumentedAttribute[Any], first: date, *conditions: ColumnElement[bool]
) -> dict[date, int]:
    """Count the rows of each day since the first one."""
    since = datetime.combine(first, time(), UTC)
    if db.engine.dialect.name == "sqlite":
        day: ColumnElement[Any] = func.date(moment)
    else:
        day = cast(func.timezone("UTC", moment), Date)
    rows = db.session.execute(
        select(day, func.count())
        .where(moment >= since, moment <= utc_now(), *conditions)
        .group_by(day)
    )
    return {
        date.fromisoformat(found) if isinstance(found, str) else found: count
        for found, count in rows
    }


def count_waiting() -> Waiting:
    """Count what waits."""
    open_messages = OutboxMessage.done_at.is_(None)
    comments, messages, dead = db.session.execute(
        select(
            select(func.count())
            .select_from(Comment)
            .where(~Comment.is_approved, Comment.deleted_at.is_(None))
            .scalar_subquery(),
            select(func.count())
            .select_from(OutboxMessage)
            .where(open_messages, OutboxMessage.dead_at.is_(None))
            .scalar_subquery(),
            select(func.count())
            .select_from(OutboxMessage)
            .where(open_messages, OutboxMessage.dead_at.is_not(None))
            .scalar_subquery(),
        )
    ).one()
    return Waiting(comments, messages, dead)
