"""A row is complete whoever writes it: slug, rendered text, summary, publication time."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from app.extensions import db
from app.models import Category, Comment, Post, Redirect, Tag, User


@pytest.fixture
def author(make_user: Callable[..., User]) -> User:
    return make_user()


def store(*rows: object) -> None:
    db.session.add_all(rows)
    db.session.commit()


def test_title_content_and_author_are_enough(author: User) -> None:
    post = Post(title="Über 重庆", content="# Hello\n\n*World*", author_id=author.id)
    store(post)
    assert post.slug == "uber-chong-qing"
    assert "<em>World</em>" in post.content_html
    assert "World" in post.content_text
    assert post.summary
    assert post.reading_minutes == 1
    assert not post.is_published
    assert post.published_at is None
    assert post.created_at.tzinfo is not None


def test_the_same_title_twice_in_one_flush_gets_two_slugs(author: User) -> None:
    posts = [Post(title="Same", content="x", author_id=author.id) for _ in range(3)]
    store(*posts)
    assert [post.slug for post in posts] == ["same", "same-2", "same-3"]


def test_a_title_without_letters_still_gets_a_slug(author: User) -> None:
    posts = [Post(title="🎉", content="x", author_id=author.id) for _ in range(2)]
    store(*posts)
    assert [post.slug for post in posts] == ["post", "post-2"]


def test_a_long_title_gives_a_slug_that_fits(author: User) -> None:
    posts = [Post(title="重" * 200, content="x", author_id=author.id) for _ in range(2)]
    store(*posts)
    assert all(len(post.slug) <= 200 for post in posts)
    assert posts[0].slug != posts[1].slug


def test_categories_and_tags_get_slugs_too(app: Flask) -> None:
    category, tag = Category(name="读书"), Tag(name="C++")
    store(category, tag)
    assert category.slug == "du-shu"
    assert tag.slug == "c"


def test_publishing_sets_the_time_once(author: User) -> None:
    post = Post(title="A", content="x", author_id=author.id, is_published=True)
    store(post)
    first = post.published_at
    assert first is not None
    post.title = "B"
    store(post)
    assert post.published_at == first
    assert post.slug == "a"


def test_a_summary_of_ones_own_survives_an_edit_and_a_made_one_follows(author: User) -> None:
    own = Post(title="A", content="old text", author_id=author.id, summary="Mine")
    made = Post(title="B", content="old text", author_id=author.id)
    store(own, made)
    own.content = made.content = "new text"
    store(own, made)
    assert own.summary == "Mine"
    assert made.summary == "new text"


def test_html_content_is_sanitised_and_kept(author: User) -> None:
    content = "<p>Hi <b onclick=x>there</b></p><script>alert(1)</script>"
    post = Post(title="A", content=content, content_format="html", author_id=author.id)
    store(post)
    assert "script" not in post.content_html
    assert "onclick" not in post.content_html
    assert "there" in post.content_html


def test_a_changed_slug_leads_from_the_old_address_and_back_again(author: User) -> None:
    post = Post(title="A", content="x", author_id=author.id, slug="one")
    store(post)
    for slug in ("two", "three", "one"):
        post.slug = slug
        store(post)
    paths = {redirect.path for redirect in db.session.query(Redirect)}
    assert paths == {"/articles/two", "/articles/three"}


def test_a_former_slug_is_not_given_to_another_article(author: User) -> None:
    post = Post(title="First", content="x", author_id=author.id)
    store(post)
    post.slug = "moved"
    store(post)
    other = Post(title="First", content="x", author_id=author.id)
    store(other)
    assert other.slug == "first-2"


def test_two_editors_never_overwrite_each_other_silently(author: User) -> None:
    post = Post(title="A", content="x", author_id=author.id)
    store(post)
    assert post.version == 1
    statement = db.update(Post).values(version=2)
    db.session.execute(statement.execution_options(synchronize_session=False))
    post.title = "B"
    with pytest.raises(StaleDataError):
        db.session.commit()
    db.session.rollback()
    assert post.title == "A"


@pytest.mark.parametrize(
    "values",
    [
        {"content_format": "word"},
        {"view_count": -1},
        {"slug": "taken"},
        {"author_id": 10**6},
        {"category_id": 10**6},
    ],
)
def test_the_database_itself_refuses_what_cannot_be(
    author: User, values: dict[str, object]
) -> None:
    store(Post(title="A", content="x", author_id=author.id, slug="taken"))
    db.session.add(Post(**{"title": "B", "content": "x", "author_id": author.id} | values))
    with pytest.raises(IntegrityError):
        db.session.commit()
    db.session.rollback()


def test_a_comment_is_rendered_without_pictures_and_headings(author: User) -> None:
    post = Post(title="A", content="x", author_id=author.id)
    store(post)
    comment = Comment(post_id=post.id, author_id=author.id, content="# Hi ![x](/y.png) <b>no</b>")
    store(comment)
    assert "<h" not in comment.content_html
    assert "<img" not in comment.content_html
    assert "<b>" not in comment.content_html


def test_a_comment_needs_a_writer(author: User) -> None:
    post = Post(title="A", content="x", author_id=author.id)
    store(post)
    db.session.add(Comment(post_id=post.id, content="x"))
    with pytest.raises(IntegrityError):
        db.session.commit()
    db.session.rollback()


def test_deleting_a_post_takes_its_comments_and_redirects_along(author: User) -> None:
    post = Post(title="A", content="x", author_id=author.id, slug="one")
    store(post)
    store(Comment(post_id=post.id, author_id=author.id, content="x"))
    post.slug = "two"
    store(post)
    db.session.delete(post)
    db.session.commit()
    assert db.session.query(Comment).count() == db.session.query(Redirect).count() == 0
