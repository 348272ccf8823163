from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.importing.times import parse_time


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2020-01-02", datetime(2020, 1, 2, tzinfo=UTC)),
        ("2020/1/2", datetime(2020, 1, 2, tzinfo=UTC)),
        ("2020-01-02 10:00:00 +0800", datetime(2020, 1, 2, 2, 0, tzinfo=UTC)),
        ("2020-01-02 10:00 +8", datetime(2020, 1, 2, 2, 0, tzinfo=UTC)),
        ("2020-01-02T10:00:00+08:00", datetime(2020, 1, 2, 2, 0, tzinfo=UTC)),
        ("2020-01-02T10:00:00.5Z", datetime(2020, 1, 2, 10, 0, 0, 500000, tzinfo=UTC)),
        ("2020-01-02 15:04:05.999999999 -0700 MST", datetime(2020, 1, 2, 22, 4, 5, 999999, UTC)),
        ("Thu, 02 Jan 2020 15:04:05 -0700", datetime(2020, 1, 2, 22, 4, 5, tzinfo=UTC)),
        ("Thu, 02 Jan 2020 15:04:05", datetime(2020, 1, 2, 15, 4, 5, tzinfo=UTC)),
    ],
)
def test_times_of_many_systems_become_utc(written, expected):
    assert parse_time(written) == expected


@pytest.mark.parametrize(
    "written",
    ["", "soon", "2020-13-45", "2020-01-01 25:00", "0001-01-01T00:00:00Z", "0000-00-00 00:00:00"],
)
def test_what_is_no_time_gives_none(written):
    assert parse_time(written) is None


@given(st.datetimes(datetime(1001, 1, 1), datetime(2998, 1, 1), timezones=st.just(UTC)))
def test_every_iso_time_is_read_back(moment):
    assert parse_time(moment.isoformat()) == moment


@given(st.text(max_size=40))
def test_no_text_is_too_odd_to_ask(text):
    parse_time(text)
