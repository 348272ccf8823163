import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.services.importing.markdown_tree.front_matter import (
    MAX_FRONT_MATTER_CHARS,
    read_yaml,
    split_front_matter,
)
from app.services.importing.records import BadItem

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\x85\u2028\u2029"))
VALUES = st.recursive(TEXT | st.none(), lambda inner: st.lists(inner, max_size=3), max_leaves=6)


def test_yaml_scalars_stay_what_was_written():
    values, body = split_front_matter(
        "---\nversion: 1.10\nslug: 001\ndate: 2020-13-45\nflag: yes\nempty:\nnone: ~\n"
        "quoted: 'null'\nlist: [a, 1]\nmap:\n  key: value\n---\nText.\n"
    )
    assert values == {
        "version": "1.10",
        "slug": "001",
        "date": "2020-13-45",
        "flag": "yes",
        "empty": None,
        "none": None,
        "quoted": "null",
        "list": ["a", "1"],
        "map": {"key": "value"},
    }
    assert body == "Text.\n"


def test_toml_and_json_read_alike():
    expected = {
        "title": "A",
        "date": "2020-01-02T03:04:05+00:00",
        "draft": "true",
        "weight": "1.50",
        "tags": ["x"],
        "params": {"n": "1"},
    }
    toml = (
        '+++\ntitle = "A"\ndate = 2020-01-02T03:04:05Z\ndraft = true\nweight = 1.50\n'
        'tags = ["x"]\n[params]\nn = 1\n+++\nText.'
    )
    json = (
        '{"title": "A", "date": "2020-01-02T03:04:05+00:00", "draft": true, "weight": 1.50,'
        ' "tags": ["x"], "params": {"n": 1}}\nText.'
    )
    assert split_front_matter(toml) == (expected, "Text.")
    assert split_front_matter(json) == (expected, "Text.")


def test_json_null_is_nothing():
    assert split_front_matter('{"a": null}\r\nText') == ({"a": None}, "Text")


@pytest.mark.parametrize(
    "text",
    [
        "No front matter.",
        "---\n\nA rule above *prose*, and one below.\n\n---\nMore.",
        "---\nNever closed.",
        "----\ntitle: x\n----\n",
        "{{< figure >}} is no JSON.",
    ],
)
def test_a_document_without_front_matter_is_left_whole(text):
    assert split_front_matter(text) == (None, text)


def test_empty_front_matter_is_front_matter():
    assert split_front_matter("---\n---\nText.") == ({}, "Text.")


def test_the_first_closing_fence_counts():
    assert split_front_matter("---\ntitle: x\n---\n---\nText.") == ({"title": "x"}, "---\nText.")


def test_windows_line_ends_are_accepted():
    values, body = split_front_matter("+++\r\ntitle = 'x'\r\n+++\r\nText.")
    assert (values, body) == ({"title": "x"}, "Text.")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("---\ntitle: a: b\n---\n", "not valid in line 2"),
        ("---\na: &x 1\nb: *x\n---\n", "aliases"),
        ("---\na: " + "[" * 40 + "\n---\n", "nested deeper"),
        ("---\n" + "[" * 50_000 + "\n---\n", "nested deeper"),
        ("+++\ntitle = \n+++\n", "TOML front matter is not valid"),
        ("+++\na = " + "[" * 30 + "]" * 30 + "\n+++\n", "nested deeper"),
        ('{"title": }\nText', "JSON front matter is not valid"),
        ('{"a": ' + "[" * 100_000 + "\nText", "JSON front matter is not valid"),
        ("---\n" + "a" * MAX_FRONT_MATTER_CHARS + "\n---\n", "larger than"),
    ],
)
def test_front_matter_that_cannot_be_read_says_why(text, reason):
    with pytest.raises(BadItem, match=reason):
        split_front_matter(text)


def test_keys_that_are_no_text_are_dropped():
    assert read_yaml("? [1, 2]\n: 3\na: 1") == {"a": "1"}


def test_an_empty_document_is_nothing():
    assert read_yaml("") is None


@given(st.dictionaries(TEXT, VALUES, max_size=4))
def test_whatever_yaml_writes_is_read_back(values):
    assert read_yaml(yaml.safe_dump(values, allow_unicode=True)) == values
