import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.search import MAX_TOKEN_CHARS, tokenize
from app.text.search.tokens import is_cjk, scan

anything = st.text(st.characters(exclude_categories=()), max_size=60)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Deploying Flask 3.1", ["deploying", "flask", "3", "1"]),
        ("数据库", ["数据", "据库", "库"]),
        ("数", ["数"]),
        ("用Python写", ["用", "python", "写"]),
        ("ひらがな", ["ひら", "らが", "がな", "な"]),
        ("한국어 블로그", ["한국", "국어", "어", "블로", "로그", "그"]),
        ("𠮷野家", ["𠮷野", "野家", "家"]),
        ("snake_case, kebab-case", ["snake", "case", "kebab", "case"]),
        ("\U0003fffd漢", ["\U0003fffd漢", "漢"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("\ufe70 a", ["a"]),
        ("", []),
        (" \x00\t—!?·，。", []),
    ],
)
def test_words_stay_whole_and_cjk_runs_become_pairs(text: str, tokens: list[str]) -> None:
    assert tokenize(text) == tokens


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("École", "ecole"),
        ("e\u0301cole", "école"),
        ("Straße", "STRASSE"),
        ("ΠΌΛΗΣ", "πολησ"),
        ("Łódź Ørsted İstanbul", "lodz orsted istanbul"),
        ("ＡＢＣ１２３", "abc123"),
        ("ﬁnance", "finance"),
        ("data\u00adbase", "database"),
        ("ｶﾞｷﾞ", "ガギ"),
        ("か\u3099", "が"),
        (unicodedata.normalize("NFD", "한국어"), "한국어"),
        ("數\ufe00據", "數據"),
        ("containers policies classes", "container policy classe"),
        ("Website's", "website s"),
    ],
)
def test_what_readers_take_for_the_same_is_the_same(one: str, other: str) -> None:
    assert tokenize(one) == tokenize(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("й", "и"), ("が", "か"), ("css", "cs"), ("iOS", "io"), ("status", "statu"), ("aws", "aw")],
)
def test_what_readers_tell_apart_stays_apart(one: str, other: str) -> None:
    assert tokenize(one) != tokenize(other)


def test_an_endless_word_is_cut() -> None:
    assert tokenize("x" * 10_000 + " y") == ["x" * MAX_TOKEN_CHARS, "y"]


def test_a_limit_stops_the_reading() -> None:
    assert tokenize("one two three", limit=2) == ["one", "two"]


def test_lone_surrogates_and_marks_without_a_letter_are_no_words() -> None:
    assert tokenize("\ud800a\udfff \u0301 ゙") == ["a"]


@given(anything)
def test_tokens_hold_nothing_that_an_engine_could_read_as_syntax(text: str) -> None:
    for token in tokenize(text):
        assert 0 < len(token) <= 2 * MAX_TOKEN_CHARS
        assert not re.search(r"[\x00-/:-@\[-`{-\x7f\s\ud800-\udfff]", token)
        assert not re.search("[A-Z]", token)


@given(anything)
def test_tokens_stand_where_they_say(text: str) -> None:
    for token in scan(text):
        assert tokenize(text[token.start : token.end])[0] == token.text


@given(st.text("数据库一丁龥ぁー가힣", max_size=20))
def test_each_cjk_character_has_one_token_that_begins_with_it(text: str) -> None:
    characters = [character for character in text if is_cjk(character)]
    assert [token[0] for token in tokenize(text)] == characters
