"""Tests of the pages that list articles."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from app.models import Category, Post, Tag, User, db
from app.models.base import utc_now

Open = Callable[..., BeautifulSoup]
FIRST = datetime(2026, 10, 31, 12, tzinfo=UTC)


@pytest.fixture
def blog(app: Flask, make_user: Callable[..., User], make_post: Callable[..., Post]) -> User:
    """Store twelve articles, the newest in Chinese, and return their author."""
    app.config["POSTS_PER_PAGE"] = 5
    author = make_user(username="mara", nickname="Mara", bio="Keeps the presses running.")
    ops, flask, docker = (
        Category(name="Ops", description="Running it."),
        Tag(name="flask"),
        Tag(name="docker"),
    )
    for number in range(11):
        make_post(
            author=author,
            title=f"Article {number}",
            published_at=FIRST - timedelta(days=number),
            category=ops if number < 2 else None,
            tags=[flask, docker] if number == 0 else [flask] if number == 1 else [],
        )
    make_post(author=author, title="缓存", published_at=FIRST + timedelta(days=1))
    return author


def headings(page: BeautifulSoup) -> list[str]:
    return [heading.get_text(strip=True) for heading in page.select("main h2, .titles a")]


def test_home_shows_the_newest_articles(blog: User, open_page: Open) -> None:
    page = open_page("/")
    assert headings(page) == ["缓存", *(f"Article {number}" for number in range(4))]
    assert page.select_one(".lead")["lang"] == "zh-Hans"
    assert page.select_one(".entries h2")["lang"] == "en"
    assert page.select_one("link[rel=canonical]")["href"] == "http://localhost/"


def test_the_second_page_goes_on_where_the_first_ended(blog: User, open_page: Open) -> None:
    page = open_page("/?page=2")
    assert headings(page) == [f"Article {number}" for number in range(4, 9)]
    assert page.select_one("link[rel=canonical]")["href"] == "http://localhost/?page=2"
    assert page.select_one(".pager a[rel=prev]")["href"] == "/"
    assert page.select_one(".pager a[rel=next]")["href"] == "/?page=3"
    assert page.select_one(".pager [aria-current=page]").get_text() == "2"


@pytest.mark.parametrize(
    "path", ["/", "/articles", "/authors/mara", "/archive/2026-10", "/tags/flask"]
)
@pytest.mark.parametrize("page", ["0", "-1", "x", "", "1.5", "٣", "99", "1001", "9" * 30])
def test_a_page_that_does_not_exist_is_not_found(
    blog: User, client: FlaskClient, path: str, page: str
) -> None:
    assert client.get(path, query_string={"page": page}).status_code == 404


def test_articles_are_listed_compactly_with_the_topics_in_use(blog: User, open_page: Open) -> None:
    page = open_page("/articles")
    assert len(page.select(".titles li")) == 10
    assert [link["href"] for link in page.select(".topics a")] == [
        "/categories/ops",
        "/tags/docker",
        "/tags/flask",
    ]


def test_a_category_shows_its_articles(blog: User, open_page: Open) -> None:
    page = open_page("/categories/ops")
    assert page.h1.get_text() == "Ops"
    assert "Running it." in page.main.get_text()
    assert headings(page) == ["Article 0", "Article 1"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/tags/flask", ["Article 0", "Article 1"]),
        ("/tags/flask,docker", ["Article 0"]),
        ("/tags/docker,flask", ["Article 0"]),
    ],
)
def test_tags_show_the_articles_that_carry_all_of_them(
    blog: User, open_page: Open, path: str, expected: list[str]
) -> None:
    assert headings(open_page(path)) == expected


def test_an_author_is_shown_with_their_articles(blog: User, open_page: Open) -> None:
    page = open_page("/authors/mara")
    assert page.h1.get_text() == "Mara"
    assert "Keeps the presses running." in page.main.get_text()
    assert blog.email not in str(page)
    assert len(headings(page)) == 5


def test_a_topic_without_articles_says_so(app: Flask, open_page: Open) -> None:
    db.session.add(Tag(name="empty"))
    db.session.commit()
    assert "Nothing has been published here yet." in open_page("/tags/empty").main.get_text()


@pytest.mark.parametrize("path", ["/", "/articles", "/archive"])
def test_an_empty_blog_says_so(app: Flask, open_page: Open, path: str) -> None:
    assert "Nothing has been published yet." in open_page(path).main.get_text()


def test_the_archive_leads_to_the_months(blog: User, open_page: Open) -> None:
    page = open_page("/archive")
    assert [heading.get_text() for heading in page.select("h2")] == ["2026"]
    assert [item.get_text(" ", strip=True) for item in page.select(".year li")] == [
        "November 2026 1 article",
        "October 2026 11 articles",
    ]
    october = open_page(page.select(".year a")[1]["href"])
    assert october.h1.get_text() == "October 2026"
    assert len(october.select(".titles li")) == 5


@pytest.mark.parametrize(
    "path",
    [
        "/categories/none",
        "/tags/none",
        "/tags/flask,none",
        "/authors/none",
        "/archive/2025-01",
        "/archive/2026-13",
        "/articles/none",
        "/nothing",
    ],
)
def test_what_does_not_exist_answers_404_with_a_search_box(
    blog: User, open_page: Open, path: str
) -> None:
    page = open_page(path, 404)
    assert page.select_one("form[role=search]")
    assert page.select_one(".hint code").get_text()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/?page=2",
        "/articles",
        "/categories/ops",
        "/tags/flask,docker",
        "/authors/mara",
        "/archive",
        "/archive/2026-10",
        "/search?q=article",
        "/feed.atom",
        "/feed.json",
    ],
)
def test_a_list_takes_two_statements_and_answers_head(
    blog: User, client: FlaskClient, count_statements: Callable[..., Any], path: str
) -> None:
    db.session.remove()
    with count_statements() as statements:
        answer = client.get(path)
    assert answer.status_code == 200
    assert len(statements) <= 2, statements
    head = client.head(path)
    assert (head.status_code, head.data) == (200, b"")
    assert head.content_length == len(answer.data)


@pytest.mark.parametrize("path", ["/", "/articles", "/about", "/archive", "/search", "/feed.atom"])
def test_an_anonymous_reader_gets_no_cookie(blog: User, client: FlaskClient, path: str) -> None:
    assert "Set-Cookie" not in client.get(path).headers


def test_pages_are_in_the_readers_language(blog: User, open_page: Open) -> None:
    english, chinese = open_page("/"), open_page("/", language="zh-CN,zh;q=0.9")
    assert english.html["lang"] == "en"
    assert chinese.html["lang"] == "zh-Hans"
    assert chinese.select_one(".lead time").get_text() == "2026年11月1日"


def test_what_matches_is_marked_in_the_search_results(blog: User, open_page: Open) -> None:
    page = open_page("/search?q=缓存")
    assert headings(page) == ["缓存"]
    assert page.select_one("h2 mark").get_text() == "缓存"
    assert page.select_one("input[type=search]")["value"] == "缓存"
    assert page.select_one("meta[name=robots]")["content"] == "noindex"


def test_the_pages_of_a_search_keep_the_words(blog: User, open_page: Open) -> None:
    page = open_page("/search?q=some content")
    assert page.select_one(".pager a[rel=next]")["href"] == "/search?q=some+content&page=2"


def test_a_search_explains_itself_and_says_when_nothing_was_found(
    blog: User, open_page: Open
) -> None:
    assert "Put words in quotes" in open_page("/search").main.get_text()
    assert "Put words in quotes" in open_page("/search?q=%20").main.get_text()
    assert "Nothing was found" in open_page("/search?q=zebra").main.get_text()
    assert "<script>" not in str(open_page("/search?q=<script>alert(1)</script>").main)
    open_page("/search?q=zebra&page=2", 404)


def test_an_author_with_a_picture_shows_it(open_page: Open, make_user: Callable[..., User]) -> None:
    make_user(username="wei", avatar_url="https://example.org/wei.png")
    assert (
        open_page("/authors/wei").select_one("img.avatar")["src"] == "https://example.org/wei.png"
    )


@pytest.mark.parametrize(
    "path",
    ["/", "/articles", "/archive", "/feed.atom", "/feed.json", "/sitemap.xml", "/search?q=morrow"],
)
def test_articles_of_the_future_are_not_listed(
    blog: User, client: FlaskClient, make_post: Callable[..., Post], path: str
) -> None:
    make_post(title="To morrow", slug="to-morrow", published_at=utc_now() + timedelta(days=1))
    answer = client.get(path)
    assert answer.status_code == 200
    assert "to-morrow" not in answer.text
