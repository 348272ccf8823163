"""Tests of the archive by month."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from flask import Flask

from app.models import Post, db
from app.services import reading
from app.services.reading import archive

BEFORE_MIDNIGHT = datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC)


def test_each_month_with_articles_is_counted_newest_first(make_post: Callable[..., Post]) -> None:
    for moment in (BEFORE_MIDNIGHT, BEFORE_MIDNIGHT + timedelta(seconds=1)):
        make_post(published_at=moment)
    make_post(published_at=datetime(2024, 12, 31, 12, tzinfo=UTC))
    make_post(published_at=datetime(2024, 12, 1, tzinfo=UTC))
    make_post(published_at=datetime(2026, 10, 1, tzinfo=UTC), is_published=False)
    assert reading.count_months() == [
        (date(2026, 11, 1), 1),
        (date(2026, 10, 1), 1),
        (date(2024, 12, 1), 2),
    ]


def test_a_month_is_one_of_the_sites_calendar(app: Flask, make_post: Callable[..., Post]) -> None:
    app.config["TIME_ZONE"] = "Asia/Shanghai"
    make_post(published_at=BEFORE_MIDNIGHT)
    assert reading.count_months() == [(date(2026, 11, 1), 1)]


def test_a_blog_without_articles_has_no_months(app: Flask) -> None:
    assert reading.count_months() == []


def test_counting_takes_two_statements(
    make_post: Callable[..., Post], count_statements: Callable[..., Any]
) -> None:
    make_post()
    make_post(published_at=BEFORE_MIDNIGHT)
    db.session.expunge_all()
    with count_statements() as statements:
        reading.count_months()
    assert len(statements) == 2


def test_a_month_begins_and_ends_at_midnight_of_the_site(app: Flask) -> None:
    app.config["TIME_ZONE"] = "Europe/Berlin"
    start, end = reading.month_bounds(date(2026, 10, 1))
    assert start == datetime(2026, 10, 1, tzinfo=timezone(timedelta(hours=2)))
    assert end == datetime(2026, 11, 1, tzinfo=timezone(timedelta(hours=1)))


def test_without_the_zones_of_pytz_those_of_python_serve(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "get_timezone", lambda name: timezone(timedelta(hours=8)))
    start, _ = reading.month_bounds(date(2026, 1, 1))
    assert start == datetime(2025, 12, 31, 16, tzinfo=UTC)


def test_a_date_of_long_ago_does_not_make_endless_months(
    make_post: Callable[..., Post],
) -> None:
    make_post(published_at=datetime(1001, 1, 1, tzinfo=UTC))
    make_post(published_at=BEFORE_MIDNIGHT)
    assert reading.count_months() == [(date(2026, 10, 1), 1)]
