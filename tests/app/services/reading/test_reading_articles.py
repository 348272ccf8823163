"""Tests of one article and what stands around it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from app.models import Category, Post, Role, Tag, User, db
from app.models.base import utc_now
from app.services import reading
from app.services.errors import NotFound
from app.services.reading import articles


@pytest.fixture
def publish(make_user: Callable[..., User], make_post: Callable[..., Post]) -> Callable[..., Post]:
    """Give a function that stores a post published some days ago."""
    author = make_user()

    def make(title: str, days: float = 0, **values: Any) -> Post:
        published_at = utc_now() - timedelta(days=days)
        return make_post(
            **{"author": author, "title": title, "published_at": published_at} | values
        )

    return make


def read(post: Post, viewer: User | None = None) -> reading.Article:
    return reading.read_article(slug=post.slug, viewer=viewer)


def test_an_article_comes_with_tags_and_the_posts_before_and_after_it(
    publish: Callable[..., Post],
) -> None:
    publish("much older", 9)
    publish("older", 5)
    post = publish("this", 4, tags=[Tag(name="b"), Tag(name="a")])
    publish("newer", 3)
    publish("newest", 2)
    publish("tomorrow", -1)
    publish("draft", 3.5, is_published=False)
    found = read(post)
    assert [tag.title for tag in found.tags] == ["a", "b"]
    assert (found.previous.title, found.next.title) == ("older", "newer")


def test_the_first_and_the_last_have_one_neighbour(publish: Callable[..., Post]) -> None:
    first, last = publish("first", 2), publish("last", 1)
    assert read(first).previous is None
    assert read(last).next is None


def test_posts_of_one_moment_are_neighbours_by_number(publish: Callable[..., Post]) -> None:
    moment = utc_now()
    one, two, three = (publish(title, published_at=moment) for title in ("one", "two", "three"))
    found = read(two)
    assert (found.previous.slug, found.next.slug) == (one.slug, three.slug)


def test_related_are_posts_with_the_most_shared_tags_then_of_the_category(
    publish: Callable[..., Post],
) -> None:
    a, b, c, ops = Tag(name="a"), Tag(name="b"), Tag(name="c"), Category(name="Ops")
    post = publish("this", 1, tags=[a, b], category=ops)
    publish("same category", 2, category=ops)
    publish("one tag", 3, tags=[a, c], category=ops)
    publish("two tags", 4, tags=[b, a])
    publish("other tag", 5, tags=[c])
    publish("draft", 6, tags=[a, b], is_published=False)
    assert [row.title for row in read(post).related] == ["two tags", "one tag", "same category"]


def test_there_are_a_handful_of_related_posts_at_most(publish: Callable[..., Post]) -> None:
    tag = Tag(name="a")
    for day in range(9):
        post = publish(str(day), day, tags=[tag])
    assert len(read(post).related) == articles.RELATED


def test_of_a_common_tag_only_the_newest_posts_are_considered(
    publish: Callable[..., Post], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(articles, "CANDIDATES", 2)
    tag = Tag(name="a")
    post = publish("first written", 0, tags=[tag])
    for number in range(4):
        publish(f"written {number}", number + 1, tags=[tag])
    assert [row.title for row in read(post).related] == ["written 2", "written 3"]


def test_an_article_takes_two_statements(
    publish: Callable[..., Post], count_statements: Callable[..., Any]
) -> None:
    tag, ops = Tag(name="a"), Category(name="Ops")
    post = publish("this", 1, tags=[tag], category=ops)
    publish("other", 2, tags=[tag], category=ops)
    slug = post.slug
    db.session.expunge_all()
    with count_statements() as statements:
        found = reading.read_article(slug=slug)
        assert found.post.content_html
        assert found.post.author.display_name
        assert found.post.category.name
        assert found.post.toc == []
    assert len(statements) == 2


@pytest.mark.parametrize("values", [{"is_published": False, "published_at": None}, {"days": -1}])
def test_what_is_not_public_exists_for_its_author_and_for_editors_only(
    publish: Callable[..., Post], make_user: Callable[..., User], values: dict[str, Any]
) -> None:
    post = publish("secret", **values)
    assert read(post, post.author).post is post
    assert read(post, make_user(Role.EDITOR)).post is post
    for viewer in (None, make_user(Role.AUTHOR)):
        with pytest.raises(NotFound):
            read(post, viewer)


def test_a_draft_has_no_neighbours_yet(publish: Callable[..., Post]) -> None:
    publish("published", 1)
    draft = publish("draft", is_published=False, published_at=None)
    found = read(draft, draft.author)
    assert (found.previous, found.next) == (None, None)


def test_an_unknown_address_is_not_found(publish: Callable[..., Post]) -> None:
    with pytest.raises(NotFound):
        reading.read_article(slug="nothing")
