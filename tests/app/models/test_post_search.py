from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text, update

from app import db
from app.models import Post, User
from app.models.post_search import (
    create_statements,
    drop_statements,
    index_posts,
    periods_of,
    periods_until,
    remove_posts,
)
from app.text.search import MAX_TOKENS

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def indexed() -> list[int]:
    """Return the ids of the posts in the index."""
    statement = {
        "postgresql": "SELECT post_id FROM post_search",
        "sqlite": "SELECT rowid FROM post_search",
    }[db.engine.dialect.name]
    return sorted(db.session.scalars(text(statement)))


def found(token: str) -> list[int]:
    """Return the ids of the posts that carry a token, asked without the search service."""
    statement = {
        "postgresql": "SELECT post_id FROM post_search WHERE document @@ CAST(:token AS tsquery)",
        "sqlite": "SELECT rowid FROM post_search WHERE post_search MATCH :token",
    }[db.engine.dialect.name]
    return sorted(db.session.scalars(text(statement), {"token": token}))


def test_only_published_posts_are_indexed(make_post: Callable[..., Post]) -> None:
    make_post(title="Draft", is_published=False)
    public = make_post(title="Public")
    scheduled = make_post(published_at=datetime.now(UTC) + timedelta(days=1))
    assert indexed() == [public.id, scheduled.id]


def test_the_index_follows_title_and_content(make_post: Callable[..., Post]) -> None:
    post = make_post(title="before", content="former")
    post.title = "after"
    db.session.commit()
    assert (found("before"), found("after"), found("former")) == ([], [post.id], [post.id])
    post.content = "latter"
    db.session.commit()
    assert (found("after"), found("former"), found("latter")) == ([post.id], [], [post.id])


def test_the_index_follows_publication(make_post: Callable[..., Post]) -> None:
    post = make_post(is_published=False)
    post.is_published = True
    db.session.commit()
    assert indexed() == [post.id]
    post.is_published = False
    db.session.commit()
    assert indexed() == []


def test_deleted_posts_leave_the_index(make_post: Callable[..., Post]) -> None:
    gone, kept = make_post(), make_post()
    db.session.delete(gone)
    db.session.commit()
    assert indexed() == [kept.id]


def test_a_rolled_back_write_leaves_the_index_as_it_was(make_post: Callable[..., Post]) -> None:
    post = make_post(title="before")
    post.title = "after"
    db.session.flush()
    db.session.rollback()
    assert (found("before"), found("after")) == ([post.id], [])


def test_what_the_index_does_not_hold_costs_no_indexing(
    make_post: Callable[..., Post],
    count_statements: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    post = make_post()
    with count_statements() as statements:
        post.view_count += 1
        db.session.commit()
    assert not [statement for statement in statements if "post_search" in statement]


def test_many_posts_of_one_flush_are_indexed_together(
    make_user: Callable[..., User],
    count_statements: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    author = make_user()
    posts = [
        Post(title=f"t{n}", slug=f"t{n}", content="c", author_id=author.id, is_published=True)
        for n in range(50)
    ]
    db.session.add_all(posts)
    with count_statements() as statements:
        db.session.commit()
    assert len(indexed()) == 50
    assert len([s for s in statements if "post_search" in s and not s.startswith("INSERT")]) == 1


def test_writes_past_the_session_are_indexed_on_request(make_post: Callable[..., Post]) -> None:
    post, other = make_post(title="before"), make_post()
    with db.engine.begin() as connection:
        connection.execute(update(Post).where(Post.id == post.id).values(title="after"))
        index_posts(connection, [post.id, other.id, other.id, 10**6])
    assert found("after") == [post.id]
    assert indexed() == [post.id, other.id]


def test_posts_can_be_taken_out_of_the_index(make_post: Callable[..., Post]) -> None:
    post = make_post()
    with db.engine.begin() as connection:
        remove_posts(connection, [post.id])
    assert indexed() == []


@pytest.mark.parametrize(
    "content",
    [
        "'quoted' \\backslash\\ :1A,2B & | ! <-> ~ # ¤",
        "same " * 20_000,
        " ".join(f"w{number}" for number in range(30_000)),
        " ".join(f"{number:05}" + "𐐨" * 60 for number in range(9_000)),
        "数据库" * 10_000,
        "x" * 100_000,
        "\u202e\u0301\ufe0f😀\U0003fffd",
    ],
)
def test_any_content_can_be_indexed(make_post: Callable[..., Post], content: str) -> None:
    post = make_post(title="needle", is_published=False)
    with db.engine.begin() as connection:
        published = {"is_published": True, "published_at": NOW, "content_text": content}
        connection.execute(update(Post).where(Post.id == post.id).values(**published))
        index_posts(connection, [post.id])
    assert found("needle") == [post.id]


def test_the_index_is_created_and_dropped_with_the_table_of_posts(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app()
    with app.app_context():
        names = text("SELECT count(*) FROM sqlite_master WHERE name LIKE 'post_search%'")
        assert db.session.scalar(names)
        db.drop_all()
        assert db.session.scalar(names) == 0
        db.create_all()
        assert db.session.scalar(names)


def test_the_statements_of_a_migration_go_up_and_down(app: Flask) -> None:
    name = db.engine.dialect.name
    with db.engine.begin() as connection:
        for statement in drop_statements(name) + drop_statements(name) + create_statements(name):
            connection.execute(text(statement))
    assert indexed() == []


def test_the_present_is_divided_more_finely_than_the_past() -> None:
    names = [period.name for period in periods_until(NOW)]
    assert names[:3] == ["2026-11", "2026-10", "2026-09"]
    assert names[22:25] == ["2025-01", "2024", "2023"]
    assert names[-1] == "2000"


@given(
    st.datetimes(datetime(2010, 1, 1), datetime(2100, 1, 1)).map(lambda t: t.replace(tzinfo=UTC)),
    st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)).map(lambda t: t.replace(tzinfo=UTC)),
)
def test_a_post_carries_the_period_in_which_it_is_looked_for(
    now: datetime, published_at: datetime
) -> None:
    periods = periods_until(now)
    starts = [period.start for period in periods]
    assert starts == sorted(starts, reverse=True)
    if published_at <= now:
        period = next(period for period in periods if period.start <= published_at)
        assert period.name in periods_of(published_at)


def test_long_posts_are_searchable_to_the_bound(make_post: Callable[..., Post]) -> None:
    words = [f"w{number}" for number in range(MAX_TOKENS + 10)]
    post = make_post(title="t", content=" ".join(words))
    assert found(f"w{MAX_TOKENS - 2}") == [post.id]
    assert found(f"w{MAX_TOKENS + 5}") == []
