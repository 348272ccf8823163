"""Tests of the template filters."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from flask import Flask, render_template_string
from flask_babel import force_locale
from markupsafe import Markup

from app import filters
from app.models.base import utc_now

MOMENT = datetime(2026, 11, 5, 18, 30, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_request(app: Flask) -> Iterator[None]:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        yield


def render(source: str, **values: object) -> str:
    return render_template_string(source, **values)


def test_a_time_is_written_as_the_language_does() -> None:
    assert "Nov 5, 2026" in filters.datetime_format(MOMENT)
    with force_locale("zh_Hans_CN"):
        assert "2026年11月5日" in filters.datetime_format(MOMENT)


def test_a_time_is_shown_on_the_clock_of_the_site(app: Flask) -> None:
    app.config["TIME_ZONE"] = "Asia/Shanghai"
    assert filters.datetime_format(MOMENT, "yyyy-MM-dd HH:mm") == "2026-11-06 02:30"
    assert filters.datetime_format(MOMENT, "%Y-%m-%d %H:%M") == "2026-11-06 02:30"
    assert filters.date_format(MOMENT) == "November 6, 2026"


def test_nothing_is_shown_for_a_time_that_is_not_there() -> None:
    assert (
        filters.datetime_format(None) == filters.date_format(None) == filters.time_ago(None) == ""
    )


@pytest.mark.parametrize(
    ("locale", "expected"), [("en", "November 2026"), ("zh_Hans_CN", "2026年11月")]
)
def test_a_month_is_written_as_the_language_does(locale: str, expected: str) -> None:
    with force_locale(locale):
        assert filters.month_format(date(2026, 11, 1)) == expected


def test_how_long_ago_is_said_in_words() -> None:
    three_hours_ago = utc_now() - timedelta(hours=3)
    assert filters.time_ago(three_hours_ago) == "3 hours ago"
    with force_locale("zh_Hans_CN"):
        assert filters.time_ago(three_hours_ago) == "3小时前"


def test_a_text_is_cut_to_a_number_of_characters() -> None:
    assert render("{{ 'abcdefgh' | truncate_chars(5) }}") == "abcd…"
    assert render("{{ 'abcdefgh' | truncate_chars(8) }}") == "abcdefgh"
    assert render("{{ 'abcdefgh' | truncate_chars(5, '...') }}") == "ab..."


def test_cut_html_keeps_its_elements_closed() -> None:
    html = Markup("<p>Some <strong>important words</strong> here</p>")
    cut = render("{{ html | truncate_html(10) }}", html=html)
    assert cut.startswith("<p>Some <strong>")
    assert cut.endswith("</strong></p>")
    assert "here" not in cut


def test_cutting_html_that_nobody_called_safe_makes_it_safe() -> None:
    cut = render("{{ html | truncate_html }}", html='<p onclick="x()">Hi<script>x()</script></p>')
    assert cut == "<p>Hi</p>"


@pytest.mark.parametrize(
    ("locale", "code", "expected"),
    [("zh_Hans_CN", "CNY", "¥1,234.50"), ("en", "USD", "$1,234.50"), ("en", "EUR", "€1,234.50")],
)
def test_money_is_written_as_the_language_does(locale: str, code: str, expected: str) -> None:
    with force_locale(locale):
        assert filters.currency(Decimal("1234.5"), code) == expected


def test_the_word_fits_the_count() -> None:
    assert [filters.pluralize(count, "post") for count in (0, 1, 2)] == ["posts", "post", "posts"]
    assert filters.pluralize(2, "reply", "replies") == "replies"
