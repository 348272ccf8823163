from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from app.services.importing.markdown_tree.fields import Fields


def test_names_do_not_depend_on_case_and_may_stand_under_params():
    fields = Fields({"Title": " A ", "params": {"author": "Ann", "title": "B"}})
    assert fields.text("title") == "A"
    assert fields.text("missing", "author") == "Ann"
    assert fields.mapping("params") == {"author": "Ann", "title": "B"}
    assert fields.mapping("title") == {}


@pytest.mark.parametrize(
    ("value", "spaces", "names"),
    [
        (["a", " b ", "a", None, ["x"]], False, ["a", "b"]),
        ("a, b", True, ["a", "b"]),
        ("中文，标签", False, ["中文", "标签"]),
        ("a b", True, ["a", "b"]),
        ("a b", False, ["a b"]),
        (None, False, []),
        ({"a": "b"}, False, []),
    ],
)
def test_lists_of_names_come_in_many_forms(value, spaces, names):
    assert Fields({"tags": value}).names("tags", split_spaces=spaces) == names


@pytest.mark.parametrize(
    ("word", "truth"),
    [("true", True), ("Yes", True), ("off", False), ("2020-01-01", None), (None, None)],
)
def test_truth_is_one_of_a_few_words(word, truth):
    assert Fields({"draft": word}).truth("draft") is truth


def test_the_first_readable_time_counts_in_the_given_zone():
    fields = Fields({"date": "soon", "created": "2020-01-02 10:00"})
    zone = ZoneInfo("Asia/Shanghai")
    assert fields.time("date", "created", zone=zone) == datetime(2020, 1, 2, 2, 0, tzinfo=UTC)
    assert fields.time("nothing") is None


def test_unreadable_times_are_told():
    fields = Fields({"date": "soon", "published": "true", "lastmod": "2020-01-01", "due": ""})
    told = list(fields.unreadable_times("date", "published", "lastmod", "due", "missing"))
    assert told == ["date: 'soon' is not a time"]
