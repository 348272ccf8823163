import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.search import Fragment, Query, highlight, parse_query, snippet
from app.text.search.tokens import cjk_character_end, scan


def in_brackets(fragments: list[Fragment]) -> str:
    """Write fragments with the marked ones in brackets."""
    return "".join(f"[{text}]" if is_match else text for text, is_match in fragments)


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("The Docker daemon", "docker", "The [Docker] daemon"),
        ("Docker, then docker", "docker", "[Docker], then [docker]"),
        ("L’ÉCOLE ﬁne cafe\u0301s", "ecole fine café", "L’[ÉCOLE] [ﬁne] [cafe\u0301s]"),
        ("Straße und STRASSE", "strasse", "[Straße] und [STRASSE]"),
        ("关于数据库的索引", "数据库", "关于[数据库]的索引"),
        ("关于数据库的索引", "数据 索引", "关于[数据]库的[索引]"),
        ("关于数据库的索引", "数", "关于[数]据库的索引"),
        ("一个数", "数", "一个[数]"),
        ("か\u3099き", "が", "[か\u3099]き"),
        ("ｶﾞｷﾞ", "ガ", "[ｶﾞ]ｷﾞ"),
        ("go there, there go", '"there go"', "go there, [there go]"),
        ("one two three", '"one two" "two three"', "[one two three]"),
        ("数据库", "数据 据库", "[数据库]"),
        ("a b", "c -a", "a b"),
        ("<b>a</b> & a", "a", "<b>[a]</b> & [a]"),
        ("", "a", ""),
        ("a", "-a", "a"),
    ],
)
def test_what_matched_is_marked_as_it_was_written(text: str, query: str, expected: str) -> None:
    assert in_brackets(highlight(text, parse_query(query))) == expected


PIECES = [
    *"ab sßfi-éyがガ㊀一가数据库",
    *("ﬁ", "\u00ad", "\u0301", "\ufe00", "か\u3099", "ｶﾞ", "\u1100\u1161", "policies", "policy"),
]


def texts(pieces: list[str], max_size: int) -> st.SearchStrategy[str]:
    """Draw texts put together from pieces."""
    return st.lists(st.sampled_from(pieces), max_size=max_size).map("".join)


def marked_characters(text: str, query: Query) -> set[int]:
    """Find what is to be marked by cutting the whole text into tokens, without any shortcut."""
    tokens = list(scan(text))
    marked = set()
    for clause in query.required:
        length = len(clause.tokens)
        for first in range(len(tokens) - length + 1):
            found = [token.text for token in tokens[first : first + length]]
            last = tokens[first + length - 1]
            end = last.end
            if clause.is_prefix and last.text.startswith(clause.tokens[-1]):
                end = end if last.text == clause.tokens[-1] else cjk_character_end(text, last.start)
                found[-1] = clause.tokens[-1]
            if tuple(found) == clause.tokens:
                marked.update(range(tokens[first].start, end))
    return marked


@given(texts(PIECES, 20), texts([*PIECES, '"'], 5))
def test_the_shortcut_misses_no_match(text: str, typed: str) -> None:
    query = parse_query(typed)
    place = 0
    marked = set()
    for fragment in highlight(text, query):
        if fragment.is_match:
            marked.update(range(place, place + len(fragment.text)))
        place += len(fragment.text)
    assert marked == marked_characters(text, query)


@given(st.text(st.characters(exclude_categories=()), max_size=80), st.text(max_size=20))
def test_marking_changes_no_character(text: str, query: str) -> None:
    fragments = highlight(text, parse_query(query))
    assert "".join(fragment.text for fragment in fragments) == text
    assert all(fragment.text for fragment in fragments)


def test_a_short_text_is_its_own_snippet() -> None:
    assert in_brackets(snippet(" A short\n\ntext. ", parse_query("text"))) == "A short [text]."


def test_a_snippet_shows_the_place_of_the_match() -> None:
    text = "Lorem ipsum dolor. " * 50 + "Here is the needle in it. " + "Sit amet elit. " * 50
    shown = in_brackets(snippet(text, parse_query("needle"), length=60))
    assert shown == "…Here is the [needle] in it. Sit amet elit. Sit amet elit. Sit…"


def test_a_snippet_of_chinese_text_shows_the_place_of_the_match() -> None:
    text = "开头的话。" * 40 + "这里讲数据库的索引。" + "结尾的话。" * 40
    shown = in_brackets(snippet(text, parse_query("数据库"), length=20))
    assert shown == "…话。这里讲[数据库]的索引。结尾的话。结尾的…"


def test_a_snippet_prefers_the_place_where_most_words_stand_together() -> None:
    text = "apple. " + "filler " * 60 + "An apple and a pear. " + "filler " * 60
    assert "[apple] and a [pear]" in in_brackets(
        snippet(text, parse_query("apple pear"), length=80)
    )


def test_without_a_match_the_snippet_is_the_beginning() -> None:
    text = "Beginning of the text. " * 20
    assert in_brackets(snippet(text, parse_query("absent"), length=30)) == "Beginning of the text.…"


def test_a_snippet_near_the_end_has_no_ellipsis_after_it() -> None:
    text = "word " * 100 + "needle"
    shown = in_brackets(snippet(text, parse_query("needle"), length=30))
    assert shown.endswith("word [needle]")


def test_an_endless_word_is_cut_hard() -> None:
    assert in_brackets(snippet("x" * 500, parse_query("y"), length=50)) == "x" * 50 + "…"


def test_a_phrase_longer_than_the_snippet_is_shown_from_its_beginning() -> None:
    text = "start " * 20 + "alpha" + " " * 300 + "beta"
    shown = in_brackets(snippet(text, parse_query('"alpha beta"'), length=40))
    assert shown.startswith("…")
    assert "alpha" in shown


@given(st.text("ab é数据か\u3099\u0301\n", max_size=300), st.text('ab"-数据', max_size=8))
def test_a_snippet_is_a_piece_of_the_text(text: str, query: str) -> None:
    fragments = snippet(text, parse_query(query), length=40)
    shown = "".join(fragment.text for fragment in fragments)
    assert len(shown) <= 42
    assert shown.strip("… ").strip() in " ".join(text.split())
