"""Tests of the sample articles."""

import re
from collections.abc import Callable
from pathlib import Path

import app
from app.models import Category, Post, Role, User, db
from app.services import reading, seeding

STATIC = Path(app.__file__).parent / "static"


def test_the_samples_are_published_in_both_languages(make_user: Callable[..., User]) -> None:
    assert seeding.add_sample_posts(author=make_user(Role.ADMIN)) == 8
    posts = reading.list_articles(page=1, per_page=20).items
    assert sorted(post.language for post in posts) == ["en"] * 4 + ["zh"] * 4
    assert all(post.category and post.summary for post in posts)


def test_adding_them_again_adds_nothing(make_user: Callable[..., User]) -> None:
    author = make_user()
    seeding.add_sample_posts(author=author)
    categories = db.session.query(Category).count()
    assert seeding.add_sample_posts(author=author) == 0
    assert db.session.query(Post).count() == 8
    assert db.session.query(Category).count() == categories


def test_one_that_is_missing_is_added(make_user: Callable[..., User]) -> None:
    author = make_user()
    seeding.add_sample_posts(author=author)
    db.session.delete(db.session.query(Post).first())
    db.session.commit()
    assert seeding.add_sample_posts(author=author) == 1


def test_they_show_what_articles_can_hold(make_user: Callable[..., User]) -> None:
    seeding.add_sample_posts(author=make_user())
    html = "".join(post.content_html for post in db.session.query(Post))
    for part in ("<table>", "<pre", "footnote", 'type="checkbox"', "<img ", "<blockquote>"):
        assert part in html


def test_what_they_show_and_link_to_exists(make_user: Callable[..., User]) -> None:
    seeding.add_sample_posts(author=make_user())
    html = "".join(post.content_html for post in db.session.query(Post))
    sources = re.findall(r'<img [^>]*?src="/static/([^"]+)"', html)
    assert sources
    assert all((STATIC / source).is_file() for source in sources)
    assert set(re.findall(r'href="(/[^"]*)"', html)) == {"/archive", "/desk/"}
