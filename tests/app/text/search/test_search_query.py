import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.search import MAX_CLAUSES, MAX_QUERY_CHARS, Clause, Query, parse_query


def words(*clauses: str) -> tuple[Clause, ...]:
    """Write clauses as they are looked for: tokens between spaces, a star after a prefix."""
    return tuple(
        Clause(tuple(clause.removesuffix("*").split()), clause.endswith("*")) for clause in clauses
    )


@pytest.mark.parametrize(
    ("text", "required", "excluded"),
    [
        ("docker compose", ["docker", "compose"], []),
        ('"docker compose" up', ["docker compose", "up"], []),
        ("docker -compose", ["docker"], ["compose"]),
        ('docker -"compose up"', ["docker"], ["compose up"]),
        ("docker －compose −swarm", ["docker"], ["compose", "swarm"]),
        ("docker docker", ["docker"], []),
        ("数据", ["数据"], []),
        ("数据库", ["数据 据库"], []),
        ("数", ["数*"], []),
        ("“数据库” 「索引」『表』", ["数据 据库", "索引", "表*"], []),
        ('"数据库 表"', ["数据 据库 库 表*"], []),
        ('"数据库 tables"', ["数据 据库 库 table"], []),
        ("python教程", ["python", "教程"], []),
        ("-python教程", [], ["python 教程"]),
        ("数据库，索引", ["数据 据库", "索引"], []),
        ("node.js don't std::vector", ["node js", "don t", "std vector"], []),
        ("one,two;three", ["one", "two", "three"], []),
        ("front-end -back-end", ["front end"], ["back end"]),
        ("--help", ["help"], []),
        ("a - b", ["a", "b"], []),
        ('"a"-b', ["a", "b"], []),
        ("NEAR(a b) title:x a* ^b", ["near", "a", "b", "title x"], []),
        ("a & b | !c <-> d:*", ["a", "b", "c", "d"], []),
    ],
)
def test_a_query_is_read_as_it_is_meant(
    text: str, required: list[str], excluded: list[str]
) -> None:
    assert parse_query(text) == Query(words(*required), words(*excluded))


@pytest.mark.parametrize(
    ("text", "required"),
    [('"a b', ["a", "b"]), ('a b"', ["a", "b"]), ('"a b" "c', ["a b", "c"]), ('""', [])],
)
def test_a_quote_that_is_never_closed_is_ignored(text: str, required: list[str]) -> None:
    assert parse_query(text).required == words(*required)


@pytest.mark.parametrize("text", ["", "   ", "-", '-"" ', "!?", "-docker", "\x00", "😀", "\ufe70"])
def test_a_query_without_anything_to_look_for_is_empty(text: str) -> None:
    assert parse_query(text).is_empty


def test_a_query_has_bounds() -> None:
    many = parse_query(" ".join(f"a{number}" for number in range(50)))
    assert len(many.required) == MAX_CLAUSES
    endless = parse_query("-excluded " + "x " * 10_000 + "y")
    assert endless == Query(words("x"), words("excluded"))
    assert parse_query("x" * MAX_QUERY_CHARS + " cut").required == words("x" * 64)


def test_the_positive_part_of_a_query_excludes_nothing() -> None:
    assert parse_query("a -b").positive == parse_query("a")


@given(st.text(st.characters(exclude_categories=()), max_size=300))
def test_any_text_is_a_query(text: str) -> None:
    query = parse_query(text)
    clauses = query.required + query.excluded
    assert len(clauses) <= MAX_CLAUSES
    assert all(token for clause in clauses for token in clause.tokens)


@given(
    st.lists(st.sampled_from(['"', "-", "a", "b", " ", "数", "据", ".", "“", "」"]), max_size=20)
)
def test_operators_alone_are_never_looked_for(parts: list[str]) -> None:
    query = parse_query("".join(parts))
    looked_for = {t for clause in query.required + query.excluded for t in clause.tokens}
    assert all(token.isalnum() for token in looked_for)
