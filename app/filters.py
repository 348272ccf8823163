"""Template filters: dates, money and texts in the visitor's language."""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_skeleton
from flask import Flask
from flask_babel import (
    format_currency,
    format_datetime,
    format_decimal,
    format_timedelta,
    get_locale,
    get_timezone,
    to_user_timezone,
)
from markupsafe import Markup

from app.models.base import utc_now
from app.text.html import sanitize, truncate_chars, truncate_html


def init_app(app: Flask) -> None:
    """Make the filters known to the templates."""
    app.jinja_env.filters.update(
        datetime_format=datetime_format,
        date_format=date_format,
        month_format=month_format,
        time_ago=time_ago,
        truncate_chars=truncated_chars,
        truncate_html=truncated_html,
        currency=currency,
        number_format=number_format,
        pluralize=pluralize,
    )


def datetime_format(value: datetime | None, pattern: str = "medium") -> str:
    """Return a time on the site's clock, in the visitor's language; nothing for None.

    `pattern` is short, medium, long or full, a pattern of Babel (`yyyy-MM-dd HH:mm`) or, with a
    percent sign, one of `strftime`.
    """
    if value is None:
        return ""
    if "%" in pattern:
        return str(to_user_timezone(value).strftime(pattern))
    return str(format_datetime(value, pattern))


def date_format(value: date | None, pattern: str = "long") -> str:
    """Return the day of a time, as `datetime_format` does."""
    if value is None:
        return ""
    day = value.astimezone(get_timezone()).date() if isinstance(value, datetime) else value
    return written_day(day, pattern, get_locale())


@lru_cache(maxsize=4096)
def written_day(day: date, pattern: str, locale: Locale) -> str:
    """Return a day in a language; lists show the same days again and again."""
    return str(format_date(day, pattern, locale))


def month_format(value: date) -> str:
    """Return month and year as the language writes them: `November 2026`, `2026年11月`."""
    return format_skeleton("yMMMM", value, locale=get_locale())


def time_ago(value: datetime | None) -> str:
    """Return how long ago a time was: `3 hours ago`, `3小时前`; nothing for None.

    Not for pages that caches keep.
    """
    return "" if value is None else str(format_timedelta(value - utc_now(), add_direction=True))


def truncated_chars(text: str, length: int = 100, end: str = "…") -> str:
    """Return a text cut to a number of characters, the ending included."""
    return truncate_chars(text, length, suffix=end)


def truncated_html(html: str, length: int = 200, end: str = "…") -> Markup:
    """Return HTML cut to a number of visible characters, every element closed.

    What is not marked as safe is sanitised first.
    """
    safe = html if isinstance(html, Markup) else sanitize(html)
    return Markup(truncate_html(str(safe), length, suffix=end))  # noqa: S704


def currency(value: Decimal | float, code: str = "CNY") -> str:
    """Return an amount of money as the language writes it; `code` is its ISO 4217 currency."""
    return str(format_currency(value, code))


def number_format(value: int) -> str:
    """Return a whole number as the language groups its digits: `12,345`."""
    return str(format_decimal(value))


def pluralize(count: int, singular: str, plural: str | None = None) -> str:
    """Return the word that fits a count; the plural is the singular with an s unless given."""
    return singular if count == 1 else plural or f"{singular}s"
