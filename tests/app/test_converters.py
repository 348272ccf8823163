"""Tests of the URL converters."""

from datetime import date
from urllib.parse import unquote

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import NotFound
from werkzeug.routing import Map, MapAdapter, Rule

from app import converters

SLUG = st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789-_缓存é", min_size=1, max_size=12)


def adapter() -> MapAdapter:
    app = Flask(__name__)
    converters.init_app(app)
    rules = [
        Rule("/tags/<list:slugs>", endpoint="tag"),
        Rule("/archive/<yearmonth:m>", endpoint="m"),
        Rule("/rows/<id:number>", endpoint="row"),
    ]
    return Map(rules, converters=app.url_map.converters).bind("localhost")


ADAPTER = adapter()


@given(st.lists(SLUG, min_size=1, max_size=5, unique=True))
def test_a_list_comes_back_from_its_address(slugs: list[str]) -> None:
    path = ADAPTER.build("tag", {"slugs": slugs})
    assert path.isascii()
    assert ADAPTER.match(unquote(path)) == ("tag", {"slugs": slugs})


def test_a_value_given_twice_and_empty_values_are_dropped() -> None:
    assert ADAPTER.match("/tags/flask,,docker,flask") == ("tag", {"slugs": ["flask", "docker"]})


@pytest.mark.parametrize("path", ["/tags/,", "/tags/a,b,c,d,e,f"])
def test_an_empty_or_endless_list_matches_nothing(path: str) -> None:
    with pytest.raises(NotFound):
        ADAPTER.match(path)


@given(st.dates(min_value=date(1000, 1, 1), max_value=date(9998, 12, 31)))
def test_a_month_comes_back_from_its_address_as_its_first_day(day: date) -> None:
    path = ADAPTER.build("m", {"m": day})
    assert ADAPTER.match(path) == ("m", {"m": day.replace(day=1)})


@pytest.mark.parametrize(
    "month", ["2026-00", "2026-13", "0999-01", "9999-12", "2026-1", "26-01", "x"]
)
def test_what_is_no_month_matches_nothing(month: str) -> None:
    with pytest.raises(NotFound):
        ADAPTER.match(f"/archive/{month}")


@given(st.integers(min_value=1, max_value=converters.MAX_ID))
def test_a_number_comes_back_from_its_address(number: int) -> None:
    path = ADAPTER.build("row", {"number": number})
    assert ADAPTER.match(path) == ("row", {"number": number})


@pytest.mark.parametrize("number", ["0", "-1", "01", "2147483648", "9999999999", "x", "١"])
def test_what_no_row_can_have_as_its_number_matches_nothing(number: str) -> None:
    with pytest.raises(NotFound):
        ADAPTER.match(f"/rows/{number}")
