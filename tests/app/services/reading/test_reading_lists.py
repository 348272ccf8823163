"""Tests of lists of articles."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from app.models import Category, Post, Tag, User, db
from app.models.base import utc_now
from app.services import reading
from app.services.errors import NotFound
from app.services.reading import Page, lists


def titles(page: Page) -> list[str]:
    return [post.title for post in page.items]


@pytest.fixture
def author(make_user: Callable[..., User]) -> User:
    return make_user()


@pytest.fixture
def publish(author: User, make_post: Callable[..., Post]) -> Callable[..., Post]:
    """Give a function that stores a post published some days ago."""

    def make(title: str, days: float = 0, **values: Any) -> Post:
        published_at = utc_now() - timedelta(days=days)
        return make_post(
            **{"author": author, "title": title, "published_at": published_at} | values
        )

    return make


def test_the_newest_come_first_and_drafts_and_future_posts_not_at_all(
    publish: Callable[..., Post],
) -> None:
    publish("old", 9)
    publish("new", 1)
    publish("tomorrow", -1)
    publish("draft", 2, is_published=False)
    assert titles(reading.list_articles(page=1, per_page=10)) == ["new", "old"]


def test_posts_of_one_moment_keep_one_order_over_the_pages(publish: Callable[..., Post]) -> None:
    moment = utc_now() - timedelta(days=1)
    for number in range(5):
        publish(str(number), published_at=moment)
    pages = [reading.list_articles(page=number, per_page=2) for number in (1, 2, 3)]
    assert [title for page in pages for title in titles(page)] == ["4", "3", "2", "1", "0"]


def test_a_list_is_narrowed_to_category_author_tags_and_month(
    publish: Callable[..., Post], make_user: Callable[..., User]
) -> None:
    category, flask, docker = Category(name="Ops"), Tag(name="flask"), Tag(name="docker")
    other = make_user()
    publish("both", 1, category=category, tags=[flask, docker])
    publish("one", 2, tags=[flask], author=other)
    publish("long ago", published_at=datetime(2020, 2, 29, 23, tzinfo=UTC))

    def found(**narrowed: Any) -> list[str]:
        return titles(reading.list_articles(page=1, per_page=10, **narrowed))

    assert found(category=category) == ["both"]
    assert found(author=other) == ["one"]
    assert found(tags=[flask]) == ["both", "one"]
    assert found(tags=[docker, flask]) == ["both"]
    assert found(month=date(2020, 2, 1)) == ["long ago"]
    assert found(month=date(2020, 3, 1)) == []


def test_a_list_takes_one_statement_and_loads_neither_bodies_nor_tags(
    publish: Callable[..., Post], count_statements: Callable[..., Any]
) -> None:
    publish("first", 1, category=Category(name="Ops"), tags=[Tag(name="flask")])
    db.session.expunge_all()
    with count_statements() as statements:
        post = reading.list_articles(page=1, per_page=10).items[0]
        assert (post.author.display_name, post.category.name) == (post.author.username, "Ops")
    assert len(statements) == 1
    assert "content_html" not in statements[0]
    with pytest.raises(AttributeError):
        _ = post.tags


@pytest.mark.parametrize(
    ("number", "ahead", "offered"),
    [
        (1, 3, [1, 2, 3, None]),
        (3, 2, [1, 2, 3, 4, 5]),
        (4, 1, [1, 2, 3, 4, 5]),
        (5, 0, [1, None, 3, 4, 5]),
    ],
)
def test_a_page_offers_its_neighbours_and_the_first_page(
    publish: Callable[..., Post], number: int, ahead: int, offered: list[int | None]
) -> None:
    for day in range(9):
        publish(str(day), day)
    page = reading.list_articles(page=number, per_page=2)
    assert page.pages_ahead == ahead
    assert list(page.iter_pages()) == offered
    assert (page.has_prev, page.has_next) == (number > 1, ahead > 0)
    assert page.prev_num == (number - 1 or None)
    assert page.next_num == (number + 1 if ahead else None)


def test_the_first_page_exists_without_posts_and_no_other(publish: Callable[..., Post]) -> None:
    assert reading.list_articles(page=1, per_page=2).items == []
    publish("only")
    with pytest.raises(NotFound):
        reading.list_articles(page=2, per_page=2)


def test_no_page_lies_beyond_the_deepest(
    publish: Callable[..., Post], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MAX_PAGE", 2)
    for day in range(3):
        publish(str(day), day)
    assert not reading.list_articles(page=2, per_page=1).has_next
    for page in (0, 3):
        with pytest.raises(NotFound):
            reading.list_articles(page=page, per_page=1)


def test_what_lists_are_narrowed_to_is_found_by_its_address(author: User, app: Flask) -> None:
    category, tags = Category(name="数据库"), [Tag(name="b"), Tag(name="a")]
    db.session.add_all([category, *tags])
    db.session.commit()
    assert reading.find_category(slug=category.slug) is category
    assert reading.find_author(username=author.username) is author
    assert reading.find_tags(slugs=["b", "a"]) == tags


def test_what_does_not_exist_is_not_found(author: User) -> None:
    db.session.add(Tag(name="known"))
    author.is_active = False
    db.session.commit()
    with pytest.raises(NotFound):
        reading.find_category(slug="none")
    with pytest.raises(NotFound):
        reading.find_author(username=author.username)
    with pytest.raises(NotFound):
        reading.find_tags(slugs=["known", "unknown"])


def test_topics_are_those_that_readers_find_articles_under(
    publish: Callable[..., Post], count_statements: Callable[..., Any]
) -> None:
    publish("post", category=Category(name="Used"), tags=[Tag(name="b"), Tag(name="a")])
    publish(
        "draft", is_published=False, category=Category(name="Unused"), tags=[Tag(name="unused")]
    )
    with count_statements() as statements:
        categories, tags = reading.list_topics()
    assert [row.name for row in categories] == ["Used"]
    assert [row.name for row in tags] == ["a", "b"]
    assert len(statements) == 1
