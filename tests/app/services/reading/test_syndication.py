"""Tests of what feeds and the sitemap are made of."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.models import Category, Post, Tag, User, db
from app.models.base import utc_now
from app.services import reading
from app.services.reading import SitemapEntry, syndication


def test_the_newest_posts_come_in_full_in_two_statements(
    make_post: Callable[..., Post], count_statements: Callable[..., Any]
) -> None:
    now = utc_now()
    for day in range(4):
        make_post(title=str(day), published_at=now - timedelta(days=day), tags=[Tag(name=str(day))])
    make_post(title="draft", is_published=False)
    db.session.expunge_all()
    with count_statements() as statements:
        posts = reading.newest_in_full(limit=3)
        described = [(post.title, post.tags[0].name, post.content_html) for post in posts]
        assert all(post.author.display_name and post.category is None for post in posts)
    assert [title for title, _, _ in described] == ["0", "1", "2"]
    assert described[0][2] == "<p>Some content.</p>\n"
    assert len(statements) == 2


def test_a_part_of_the_sitemap_is_a_range_of_numbers(
    make_post: Callable[..., Post], make_user: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syndication, "SITEMAP_PART_SIZE", 2)
    author = make_user()
    for number in (2, 3, 4, 5):
        make_post(author=author, id=number, title=f"Post {number}", is_published=number != 3)
    assert reading.count_sitemap_parts() == 3
    parts = [[entry.path for entry in reading.sitemap_posts(part=part)] for part in (1, 2, 3)]
    assert parts == [["/articles/post-2"], ["/articles/post-4"], ["/articles/post-5"]]


def test_the_sitemap_says_when_a_post_changed(make_post: Callable[..., Post]) -> None:
    post = make_post()
    part = -(-post.id // reading.SITEMAP_PART_SIZE)
    assert reading.sitemap_posts(part=part) == [SitemapEntry(post.path, post.updated_at)]


def test_a_blog_without_posts_has_no_parts(app: Flask) -> None:
    assert reading.count_sitemap_parts() == 0


def test_the_sitemap_names_the_lists_that_hold_a_post(
    make_post: Callable[..., Post], make_user: Callable[..., User]
) -> None:
    author, idle = make_user(), make_user()
    make_post(author=author, category=Category(name="Ops"), tags=[Tag(name="flask")])
    make_post(
        author=idle, is_published=False, category=Category(name="Empty"), tags=[Tag(name="none")]
    )
    assert sorted(reading.sitemap_pages()) == [
        ("author", author.username),
        ("category", "ops"),
        ("tag", "flask"),
    ]
