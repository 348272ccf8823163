"""URL converters: `<list:slugs>`, `<yearmonth:month>` and `<id:post_id>`."""

from datetime import date

from flask import Flask
from werkzeug.routing import BaseConverter, ValidationError

MAX_LIST_ITEMS = 5
YEARS = range(1000, 9999)
MAX_ID = 999_999_999


def init_app(app: Flask) -> None:
    """Make the converters known to the routes."""
    app.url_map.converters["list"] = ListConverter
    app.url_map.converters["yearmonth"] = YearMonthConverter
    app.url_map.converters["id"] = IdConverter


class ListConverter(BaseConverter):
    """Comma-separated values: `flask,docker` is `["flask", "docker"]`; five at most."""

    def to_python(self, value: str) -> list[str]:
        """Split, each value once and in its order; an empty list matches nothing."""
        items = list(dict.fromkeys(item for item in value.split(",") if item))
        if not 0 < len(items) <= MAX_LIST_ITEMS:
            raise ValidationError
        return items

    def to_url(self, value: list[str]) -> str:
        """Join; each value is quoted by itself."""
        return ",".join(super(ListConverter, self).to_url(item) for item in value)


class YearMonthConverter(BaseConverter):
    """A month such as `2026-11`, given to the view as the date of its first day."""

    regex = r"\d{4}-\d{2}"

    def to_python(self, value: str) -> date:
        """Return the first day; what is no month of the calendar matches nothing."""
        year, month = int(value[:4]), int(value[5:])
        if year not in YEARS or not 1 <= month <= 12:
            raise ValidationError
        return date(year, month, 1)

    def to_url(self, value: date) -> str:
        """Return `YYYY-MM` of any day of the month."""
        return f"{value:%Y-%m}"


class IdConverter(BaseConverter):
    """A row's number, of nine digits at most, which every column can hold."""

    # By the pattern alone: a refusal in `to_python` would make Werkzeug answer 405, not 404.
    regex = r"[1-9][0-9]{0,8}"

    def to_python(self, value: str) -> int:
        """Return the number."""
        return int(value)

    def to_url(self, value: int) -> str:
        """Write the number."""
        return str(value)
