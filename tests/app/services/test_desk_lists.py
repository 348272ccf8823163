"""Authors find their articles by state; editors find everyone's."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from app.extensions import db
from app.models import Category, Post, Role, User
from app.models.base import utc_now
from app.services.desk import State, list_manuscripts
from app.services.errors import NotFound


@pytest.fixture
def author(make_user: Callable[..., User], make_post: Callable[..., Post]) -> User:
    """Give an author with an article in every state, among others' articles."""
    author = make_user()
    make_post(title="Somebody else's")
    make_post(author, title="Public")
    make_post(author, title="Draft", is_published=False)
    make_post(author, title="Scheduled", published_at=utc_now() + timedelta(days=1))
    return author


def titles(user: User, **filters: object) -> set[str]:
    page = list_manuscripts(user=user, page=1, per_page=10, **filters)  # type: ignore[arg-type]
    return {post.title for post in page.items}


def test_each_state_is_listed_by_itself(app: Flask, author: User) -> None:
    assert titles(author) == {"Public", "Draft", "Scheduled"}
    assert titles(author, state=State.DRAFTS) == {"Draft"}
    assert titles(author, state=State.PUBLISHED) == {"Public"}
    assert titles(author, state=State.SCHEDULED) == {"Scheduled"}


def test_a_list_is_narrowed_by_words_of_the_title_and_by_category(
    app: Flask, author: User, make_post: Callable[..., Post]
) -> None:
    category = Category(name="Notes")
    db.session.add(category)
    db.session.flush()
    make_post(author, title="海边 Walk", category_id=category.id)
    make_post(author, title="Walk 100%", is_published=False)
    assert titles(author, words="walk") == {"海边 Walk", "Walk 100%"}
    assert titles(author, words="海边 WALK") == {"海边 Walk"}
    assert titles(author, words="0%") == {"Walk 100%"}
    assert titles(author, words="%") == {"Walk 100%"}
    assert titles(author, category_id=category.id) == {"海边 Walk"}
    assert titles(author, words="walk", state=State.DRAFTS) == {"Walk 100%"}


def test_only_editors_see_everyones(
    app: Flask, author: User, make_user: Callable[..., User]
) -> None:
    assert "Somebody else's" not in titles(author, everyone=True)
    assert len(titles(make_user(Role.EDITOR), everyone=True)) == 4
    assert titles(make_user(Role.EDITOR)) == set()


def test_a_page_takes_two_statements_and_has_a_next_one(
    app: Flask, author: User, count_statements: Callable[..., object]
) -> None:
    author_id = author.id  # Loads the user again, whom the last commit has expired.
    with count_statements() as seen:
        page = list_manuscripts(user=author, page=1, per_page=2)
        assert [post.author.username for post in page.items] == [author.username] * 2
    assert author_id
    assert len(seen) == 2
    assert page.has_next
    with pytest.raises(NotFound):
        list_manuscripts(user=author, page=3, per_page=2)


def test_an_unknown_state_means_all() -> None:
    assert State.of("drafts") is State.DRAFTS
    assert State.of("nonsense") is State.ALL
