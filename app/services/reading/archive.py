"""The archive by month, in the time zone of the site."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from babel.dates import get_timezone
from flask import current_app
from sqlalchemy import Date, column, func, select, values

from app.models import Post, db
from app.models.base import UtcDateTime, utc_now

MAX_MONTHS = 1200


class MonthCount(NamedTuple):
    """A month (its first day) and how many articles appeared in it."""

    month: date
    posts: int


def month_bounds(month: date) -> tuple[datetime, datetime]:
    """Return the moments at which a month of the site's time zone begins and ends, in UTC."""
    return start_of(month), start_of(next_month(month))


def next_month(month: date) -> date:
    """Return the first day of the month after the one that starts on the given day."""
    return (month + timedelta(days=31)).replace(day=1)


def start_of(day: date) -> datetime:
    """Return midnight of the site's time zone, in UTC."""
    zone: Any = get_timezone(current_app.config["TIME_ZONE"])
    midnight = datetime(day.year, day.month, day.day)
    # Babel hands out pytz zones where pytz is installed; those want to be asked.
    local = zone.localize(midnight) if hasattr(zone, "localize") else midnight.replace(tzinfo=zone)
    return local.astimezone(UTC)


def month_of(moment: datetime) -> date:
    """Return the first day of the month in which a moment lies on the site's calendar."""
    zone = get_timezone(current_app.config["TIME_ZONE"])
    return moment.astimezone(zone).date().replace(day=1)


def count_months() -> list[MonthCount]:
    """Return every month with public articles, newest first, in two statements.

    The months' borders are computed here and counted as ranges of the index, which gives the
    site's calendar on every database; grouping in SQL would need the database's time zones.
    """
    public = (Post.is_published, Post.published_at <= utc_now())
    first, last = db.session.execute(
        select(func.min(Post.published_at), func.max(Post.published_at)).where(*public)
    ).one()
    if first is None:
        return []
    borders = values(
        column("month", Date), column("starts", UtcDateTime), column("ends", UtcDateTime)
    )
    months = borders.data(
        [(month, *month_bounds(month)) for month in months_between(month_of(first), month_of(last))]
    ).cte("months")
    count = (
        select(func.count())
        .select_from(Post)
        .where(*public, Post.published_at >= months.c.starts, Post.published_at < months.c.ends)
        .scalar_subquery()
    )
    rows = db.session.execute(select(months.c.month, count.label("posts"))).all()
    return [MonthCount(month, posts) for month, posts in sorted(rows, reverse=True) if posts]


def months_between(first: date, last: date) -> list[date]:
    """Return the months from the first to the last, at most the newest `MAX_MONTHS`."""
    months = [first]
    while months[-1] < last:
        months.append(next_month(months[-1]))
    return months[-MAX_MONTHS:]
