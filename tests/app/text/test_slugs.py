"""Slugs are short, ASCII, readable and unique."""

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.slugs import slugify, unique_slug

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
TITLES = st.text(st.characters() | st.sampled_from("中文重庆 -–—ä'😀\x00"), max_size=80)


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Hello, World!", "hello-world"),
        ("重庆", "chong-qing"),
        ("重要的音乐", "zhong-yao-de-yin-yue"),
        ("Flask 入门：第1章", "flask-ru-men-di-1-zhang"),
        ("Ärger in der Straße", "arger-in-der-strasse"),
        ("Don’t panic", "dont-panic"),
        ("Привет", "privet"),
        ("100 % of C++ & C#", "100-of-c-c"),
        ("&amp; is an entity", "amp-is-an-entity"),
        ("-- a -- b --", "a-b"),
    ],
)
def test_a_title_becomes_readable_ascii(title: str, slug: str) -> None:
    assert slugify(title) == slug


@pytest.mark.parametrize("title", ["", "   ", "😀🎉", "——", "…", "\x00", "\ud800"])
def test_a_title_that_cannot_be_spelt_has_no_slug(title: str) -> None:
    assert slugify(title) == ""


def test_a_long_title_is_cut_between_words() -> None:
    assert slugify("one two three", max_length=9) == "one-two"
    assert slugify("one two three", max_length=7) == "one-two"
    assert slugify("重庆火锅", max_length=12) == "chong-qing"


def test_a_long_word_is_cut_where_it_must() -> None:
    assert slugify("Donaudampfschiff ahoi", max_length=5) == "donau"


@given(TITLES, st.integers(1, 60))
def test_every_slug_is_words_and_single_dashes_within_its_length(title: str, length: int) -> None:
    slug = slugify(title, max_length=length)
    assert len(slug) <= length
    assert not slug or SLUG.fullmatch(slug)


@given(TITLES)
def test_a_slug_is_its_own_slug(title: str) -> None:
    slug = slugify(title)
    assert slugify(slug) == slug


def test_the_chinese_dictionary_is_loaded_for_chinese_titles_only() -> None:
    code = """
import sys
from app.text.slugs import slugify
slugify("Ä plain title")
assert "pypinyin" not in sys.modules
slugify("中")
assert "pypinyin" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_free_slug_stays_as_it_is() -> None:
    assert unique_slug("post", lambda slug: False) == "post"


def test_a_taken_slug_gets_the_first_free_number() -> None:
    assert unique_slug("post", {"post", "post-2", "post-3"}.__contains__) == "post-4"


def test_a_numbered_slug_keeps_within_its_length() -> None:
    assert unique_slug("abcd-efgh", {"abcd-efg"}.__contains__, max_length=8) == "abcd-e-2"
    assert unique_slug("abcd-efgh", {"abcd-ef"}.__contains__, max_length=7) == "abcd-2"


@given(st.from_regex(SLUG, fullmatch=True), st.integers(0, 120), st.integers(8, 60))
def test_unique_slugs_are_free_and_well_formed(base: str, taken: int, length: int) -> None:
    seen: set[str] = set()
    for _ in range(taken):
        seen.add(unique_slug(base, seen.__contains__, max_length=length))
    slug = unique_slug(base, seen.__contains__, max_length=length)
    assert len(seen) == taken
    assert slug not in seen
    assert len(slug) <= length
    assert SLUG.fullmatch(slug)
