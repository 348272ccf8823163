"""Tests of counting views."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.models import Post, ViewDay, db
from app.services import views
from app.services.views import ViewBuffer


@pytest.fixture(autouse=True)
def empty_buffer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "_buffer", ViewBuffer())


def views_of(post: Post) -> int:
    db.session.refresh(post)
    return post.view_count


def test_views_are_written_together_and_leave_edit_time_and_version_alone(
    make_post: Callable[..., Post], count_statements: Callable[..., Any]
) -> None:
    one, two = make_post(), make_post()
    before = (one.updated_at, one.version)
    for visitor in "abc":
        assert views.record(post_id=one.id, visitor=visitor)
    views.record(post_id=two.id, visitor="a")
    with count_statements() as statements:
        assert views.flush() == 4
    assert len(statements) == 2
    assert db.session.scalar(select(ViewDay.views)) == 4
    assert (views_of(one), views_of(two)) == (3, 1)
    assert (one.updated_at, one.version) == before


def test_nothing_is_written_when_nobody_looked(count_statements: Callable[..., Any]) -> None:
    with count_statements() as statements:
        assert views.flush() == 0
    assert statements == []


def test_many_articles_are_written_in_batches(
    make_post: Callable[..., Post], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "BATCH", 2)
    posts = [make_post() for _ in range(5)]
    for post in posts:
        views.record(post_id=post.id, visitor="a")
    assert views.flush() == 5
    assert [views_of(post) for post in posts] == [1] * 5


def test_an_article_that_is_gone_costs_nothing(make_post: Callable[..., Post]) -> None:
    post = make_post()
    views.record(post_id=post.id + 1, visitor="a")
    views.record(post_id=post.id, visitor="a")
    views.flush()
    assert views_of(post) == 1


def test_a_visitor_who_comes_back_at_once_counts_once() -> None:
    buffer = ViewBuffer()
    again = views.REPEAT_SECONDS
    assert buffer.add(post_id=1, visitor="a", now=0)
    assert not buffer.add(post_id=1, visitor="a", now=again - 1)
    assert not buffer.add(post_id=1, visitor="a", now=2 * again - 2)
    assert buffer.add(post_id=1, visitor="a", now=3 * again)
    assert buffer.add(post_id=2, visitor="a", now=3 * again)
    assert buffer.take() == {1: 2, 2: 1}


def test_the_memory_of_visitors_and_articles_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MAX_VISITORS", 2)
    monkeypatch.setattr(views, "MAX_POSTS", 2)
    buffer = ViewBuffer()
    assert [buffer.add(post_id=1, visitor=name, now=0) for name in "abca"] == [True] * 4
    assert buffer.add(post_id=2, visitor="a", now=0)
    assert not buffer.add(post_id=3, visitor="a", now=0)
    assert buffer.take() == {1: 4, 2: 1}


def test_views_that_could_not_be_written_wait_for_the_next_time(
    make_post: Callable[..., Post], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "BATCH", 1)
    one, two = make_post(), make_post()
    for post in (one, two):
        views.record(post_id=post.id, visitor="a")
    write = views.add_views

    def fail_second(counts: dict[int, int]) -> None:
        if two.id in counts:
            raise OperationalError("UPDATE", {}, Exception("away"))
        write(counts)

    monkeypatch.setattr(views, "add_views", fail_second)
    with pytest.raises(OperationalError):
        views.flush()
    monkeypatch.setattr(views, "add_views", write)
    assert views.flush() == 1
    assert (views_of(one), views_of(two)) == (1, 1)


def test_no_view_is_lost_between_threads() -> None:
    buffer = ViewBuffer()
    taken: list[dict[int, int]] = []

    def visit(number: int) -> None:
        buffer.add(post_id=number % 7, visitor=str(number), now=0)
        if number % 100 == 0:
            taken.append(buffer.take())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(visit, range(2000)))
    taken.append(buffer.take())
    assert sum(sum(counts.values()) for counts in taken) == 2000
