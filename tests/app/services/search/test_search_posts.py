"""Every result is compared with what a plain reading of the rules finds, on both databases."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, text, update

from app import db
from app.models import Post, User
from app.models.post_search import index_posts
from app.services.search import MAX_RESULTS, pages, reindex, search_posts
from app.text.search import Clause, Fragment, Query, cut_document, parse_query

CORPUS = json.loads((Path(__file__).parent / "corpus.json").read_text(encoding="utf-8"))


def contains(tokens: tuple[str | None, ...], clause: Clause) -> bool:
    """Say whether the tokens of a clause follow each other somewhere."""
    *before, last = clause.tokens
    length = len(clause.tokens)
    windows = (tokens[i : i + length] for i in range(len(tokens) - length + 1))
    return any(
        list(window[:-1]) == before
        and window[-1] is not None
        and (window[-1] == last or (clause.is_prefix and window[-1].startswith(last)))
        for window in windows
    )


def rank(post: Post, query: Query) -> tuple[bool, datetime, int] | None:
    """Return by what a post is sorted among the results, or None where it does not match."""
    document = cut_document(post.title, post.content_text)

    def matches(clause: Clause) -> bool:
        return contains(document.title, clause) or contains(document.body, clause)

    if query.is_empty or not all(map(matches, query.required)):
        return None
    if any(map(matches, query.excluded)):
        return None
    assert post.published_at
    in_title = all(contains(document.title, clause) for clause in query.required)
    return in_title, post.published_at, post.id


def expected(posts: list[Post], typed: str) -> list[int]:
    """Return the ids that a search must find, in order."""
    query = parse_query(typed)
    ranks = [found for post in posts if (found := rank(post, query))]
    return [post_id for _, _, post_id in sorted(ranks, reverse=True)]


def found(typed: str, *, page: int = 1, per_page: int = 100) -> list[int]:
    """Return the ids that a search finds, in order."""
    return [hit.post.id for hit in search_posts(query=typed, page=page, per_page=per_page).items]


def shown(fragments: list[Fragment]) -> str:
    """Write fragments with the marked ones in brackets."""
    return "".join(f"[{piece}]" if is_match else piece for piece, is_match in fragments)


@pytest.fixture
def corpus(make_user: Callable[..., User]) -> list[Post]:
    """Store the articles of the corpus."""
    author = make_user()
    posts = [
        Post(
            title=title,
            content=content,
            author_id=author.id,
            is_published=True,
            published_at=datetime.fromisoformat(published_at).replace(tzinfo=UTC),
        )
        for title, published_at, content in CORPUS["posts"]
    ]
    db.session.add_all(posts)
    db.session.commit()
    return posts


def test_both_databases_find_what_the_rules_say(corpus: list[Post]) -> None:
    assert len(CORPUS["queries"]) >= 100
    wanted = {typed: expected(corpus, typed) for typed in CORPUS["queries"]}
    assert sum(map(bool, wanted.values())) >= 100
    assert {typed: found(typed) for typed in CORPUS["queries"]} == wanted


@pytest.mark.parametrize(
    ("typed", "titles"),
    [
        ("探针", ["Kubernetes 探针"]),
        ("备份", ["备份与恢复"]),
        ("database index", ["Database indexes explained"]),
        ("缓存", ["缓存失效"]),
        ('"brown fox"', ["The quick brown fox"]),
        ("docker -dockerfile", []),
        ("databases", ["Database indexes explained", "Kubernetes probes", "Backups", "Old news"]),
        ("数据", ["数据库入门", "A title with 数据 in it", "Kubernetes 探针"]),
    ],
)
def test_a_visitor_finds(corpus: list[Post], typed: str, titles: list[str]) -> None:
    items = search_posts(query=typed, page=1, per_page=max(len(titles), 1)).items
    assert [hit.post.title for hit in items][: len(titles)] == titles
    assert bool(items) == bool(titles)


def test_what_matched_is_marked_in_title_and_snippet(corpus: list[Post]) -> None:
    first = search_posts(query="数据库 sqlite", page=1, per_page=1).items[0]
    assert shown(first.title) == "[数据库]入门"
    assert shown(first.snippet) == (
        "[数据库]是什么？本文介绍 PostgreSQL 与 [SQLite] 两种[数据库]。"
    )


def test_pages_follow_each_other_without_gaps(corpus: list[Post]) -> None:
    everything = expected(corpus, "数据")
    assert [i for page in (1, 2, 3, 4) for i in found("数据", page=page, per_page=2)] == everything
    second = search_posts(query="数据", page=2, per_page=2)
    assert (second.total, second.pages, second.is_capped) == (7, 4, False)
    assert second.has_prev
    assert second.has_next
    last = search_posts(query="数据", page=4, per_page=2)
    assert (len(last.items), last.total, last.has_next) == (1, 7, False)


@pytest.mark.parametrize("page", [99, 10**30])
def test_a_page_that_does_not_exist_is_empty_and_knows_the_total(
    corpus: list[Post], page: int
) -> None:
    results = search_posts(query="twin", page=page, per_page=10)
    assert (results.items, results.total, results.has_next) == ([], 2, False)


@pytest.mark.parametrize("typed", ["", "-docker", '"', "\x00", "?!"])
def test_nothing_to_look_for_finds_nothing(corpus: list[Post], typed: str) -> None:
    results = search_posts(query=typed, page=1, per_page=10)
    assert (results.items, results.total, results.pages) == ([], 0, 0)


def test_a_page_of_results_costs_one_statement(
    corpus: list[Post], count_statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    db.session.commit()
    db.session.expunge_all()
    with count_statements() as statements:
        for hit in search_posts(query="数据库", page=1, per_page=10).items:
            assert hit.post.author.username
            assert hit.post.category is None
    assert len(statements) == 1


def test_drafts_and_what_is_scheduled_are_not_found(make_post: Callable[..., Post]) -> None:
    now = datetime.now(UTC)
    make_post(title="needle draft", is_published=False)
    make_post(title="needle tomorrow", published_at=now + timedelta(days=1))
    make_post(title="needle next year", published_at=now + timedelta(days=400))
    public = make_post(title="needle now")
    assert found("needle") == [public.id]


def test_another_time_of_publication_gives_another_place(make_post: Callable[..., Post]) -> None:
    now = datetime.now(UTC)
    first, second = (
        make_post(title="needle", published_at=now - timedelta(days=days)) for days in (1, 40)
    )
    assert found("needle") == [first.id, second.id]
    first.published_at = now - timedelta(days=4000)
    db.session.commit()
    assert found("needle") == [second.id, first.id]
    first.published_at = now + timedelta(days=1)
    db.session.commit()
    assert found("needle") == [second.id]


def test_a_draft_that_the_index_still_holds_is_not_shown(make_post: Callable[..., Post]) -> None:
    post = make_post(title="needle")
    db.session.execute(update(Post).where(Post.id == post.id).values(is_published=False))
    db.session.commit()
    assert found("needle") == []


def test_more_results_than_anyone_reads_are_capped(make_post: Callable[..., Post]) -> None:
    post = make_post(title="needle")
    now = datetime.now(UTC)
    columns = {
        column.name: getattr(post, column.name)
        for column in Post.__table__.columns
        if column.name not in ("id", "slug", "title", "published_at")
    }
    rows = [
        columns
        | {"title": "hay", "content_text": "a needle", "slug": f"hay-{number}"}
        | {"published_at": now - timedelta(days=number)}
        for number in range(MAX_RESULTS + 50)
    ]
    with db.engine.begin() as connection:
        connection.execute(insert(Post), rows)
    reindex()
    first = search_posts(query="needle", page=1, per_page=30)
    assert (first.total, first.is_capped, first.pages) == (MAX_RESULTS, True, 10)
    assert first.items[0].post.id == post.id
    assert [hit.post.slug for hit in first.items[1:]] == [f"hay-{number}" for number in range(29)]
    last = search_posts(query="needle", page=10, per_page=30)
    assert (len(last.items), last.has_next) == (30, False)
    assert search_posts(query="needle", page=11, per_page=30).total == MAX_RESULTS


def test_reindexing_repairs_what_was_written_past_the_session(
    corpus: list[Post], monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = expected(corpus, "数据库")
    with db.engine.begin() as connection:
        connection.execute(text("DELETE FROM post_search"))
    assert found("数据库") == []
    monkeypatch.setattr(pages, "BATCH", 10)
    told: list[tuple[int, int]] = []
    count = reindex(progress=lambda done, total: told.append((done, total)))
    assert count == len(corpus) == 38
    assert told == [(10, 38), (20, 38), (30, 38), (38, 38)]
    assert found("数据库") == everything


@pytest.mark.parametrize(
    "typed",
    [
        '"*"',
        "a* b^ c:*",
        'NEAR("a" "b", 2)',
        "title : a",
        "{title body} : a",
        "a AND b OR c NOT d",
        "a <-> b & c | !d",
        "a:ABCD",
        "'a' & 'b'",
        "a'; DROP TABLE posts; --",
        '") OR ("',
        "\\' \\\\",
        "%(x)s :y ? $1",
        "a\x00b",
        "\ud800 a\udfff",
        "a" * 10_000,
        '"' * 10_000,
        "-" * 10_000,
        "数" * 10_000,
        "\u202e a \u0301\u0301",
        "¤ ~数 #2026",
    ],
)
def test_hostile_syntax_is_only_words(corpus: list[Post], typed: str) -> None:
    assert found(typed) == expected(corpus, typed)


WORDS = ["a", "b", "cat", "cats", "数", "数据", "数据库", "据", "é", "e", "ｶ", "カ", "-", ".", " "]


def texts(pieces: list[str], max_size: int) -> st.SearchStrategy[str]:
    """Draw texts put together from pieces."""
    return st.lists(st.sampled_from(pieces), max_size=max_size).map("".join)


documents = st.tuples(
    texts(WORDS, 4),
    texts(WORDS, 12)
    | st.text(st.characters(exclude_categories=["Cs"], min_codepoint=1), max_size=20),
    st.integers(0, 3),
)


@pytest.fixture
def author(make_user: Callable[..., User]) -> User:
    """Store an author."""
    return make_user()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    stored=st.lists(documents, min_size=1, max_size=5),
    queries=st.lists(texts([*WORDS, '"', " -"], 6), min_size=5, max_size=5),
)
def test_any_words_are_found_as_the_rules_say(
    app: Flask, author: User, stored: list[tuple[str, str, int]], queries: list[str]
) -> None:
    posts = [
        Post(
            id=number,
            title=title,
            slug=f"p{number}",
            content_text=content,
            author_id=author.id,
            is_published=True,
            published_at=datetime(2026 - 2 * years, 1, 1, tzinfo=UTC),
        )
        for number, (title, content, years) in enumerate(stored, start=1)
    ]
    names = ("id", "title", "slug", "content_text", "author_id", "is_published", "published_at")
    with db.engine.begin() as connection:
        connection.execute(delete(Post))
        connection.execute(
            insert(Post),
            [{name: getattr(p, name) for name in names} | {"content": ""} for p in posts],
        )
        index_posts(connection, range(1, 10))
    try:
        assert {typed: found(typed) for typed in queries} == {
            typed: expected(posts, typed) for typed in queries
        }
    finally:
        db.session.rollback()
