import sqlite3

from hypothesis import given
from hypothesis import strategies as st

from app.text.search import (
    MAX_OCCURRENCES,
    MAX_TOKENS,
    cut_document,
    parse_query,
    to_fts5_query,
    to_fts5_text,
    to_period_tsquery,
    to_tsquery,
    to_tsvector,
)


def test_a_tsvector_numbers_the_tokens_and_leaves_a_gap_between_parts() -> None:
    document = cut_document("One two", "two three")
    assert to_tsvector(document.title, document.body) == "'one':1 'two':2,4 'three':5"


def test_a_tsvector_knows_the_characters_that_cjk_tokens_begin_with() -> None:
    document = cut_document("数据", "a")
    assert to_tsvector(document.title) == "'数据':1 '据':2 '~据' '~数'"


def test_a_tsvector_knows_the_periods() -> None:
    assert to_tsvector(["a"], periods=["2026"]) == "'a':1 '#2026'"
    assert to_period_tsquery("2026") == "'#2026'"


def test_a_query_in_the_language_of_postgresql() -> None:
    query = parse_query('数据库 "a b" c 表 -d -"e f" "g 表"')
    assert to_tsquery(query) == (
        "('数据' <-> '据库') & ('a' <-> 'b') & ('c') & '~表' & ('g' <-> '表':*)"
        " & !('d') & !('e' <-> 'f')"
    )


def test_a_query_in_the_language_of_sqlite() -> None:
    query = parse_query('"a b" 表 -c -"d e"')
    assert to_fts5_query(query) == '("a" + "b" AND "表" *) NOT ("c" OR "d" + "e")'
    assert to_fts5_query(query.positive, column="title") == 'title : (("a" + "b" AND "表" *))'


def test_long_documents_end_where_postgresql_stops_counting() -> None:
    document = cut_document("t " * 10, " ".join(str(number) for number in range(20_000)))
    assert len(document.title) + len(document.body) == MAX_TOKENS


def test_a_token_beyond_its_255th_place_keeps_the_place_of_its_neighbours() -> None:
    document = cut_document("a", "a " * 300 + "b")
    assert (document.title + document.body).count("a") == MAX_OCCURRENCES
    assert document.body[254:] == (None,) * 46 + ("b",)
    assert to_tsvector(document.body).endswith("'b':301")
    assert to_fts5_text(document.body).endswith("¤ ¤ b")


def test_long_words_do_not_outgrow_a_tsvector() -> None:
    text = " ".join(f"{number:05}" + "𐐨" * 60 for number in range(16_000))
    document = cut_document("t", text)
    assert len(to_tsvector(document.title, document.body).encode()) < 1 << 20
    assert len(document.body) > 2_000


@given(st.text(st.characters(exclude_categories=()), max_size=40))
def test_sqlite_cuts_the_indexed_text_into_exactly_our_tokens(text: str) -> None:
    tokens = cut_document("", text).body
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE t USING fts5(body, tokenize = 'ascii')")
    connection.execute("CREATE VIRTUAL TABLE v USING fts5vocab(t, instance)")
    connection.execute("INSERT INTO t VALUES (?)", [to_fts5_text(tokens)])
    found = connection.execute("SELECT term FROM v ORDER BY offset").fetchall()
    connection.close()
    assert [term for (term,) in found] == list(tokens)
