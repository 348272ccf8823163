"""Tests of the page of one article."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import current_app
from flask.testing import FlaskClient

from app.models import Category, Comment, Post, Role, Tag, User, db
from app.models.base import utc_now
from app.services.reading import threads

Open = Callable[..., BeautifulSoup]

CONTENT = """## First part

Some *words*. ![A picture](/static/img/card.png)

## Second part

`code`
"""


@pytest.fixture
def post(make_user: Callable[..., User], make_post: Callable[..., Post]) -> Post:
    return make_post(
        author=make_user(username="mara", nickname="Mara"),
        title="Caches & </script> queues",
        slug="caches",
        summary="What waits where.",
        content=CONTENT,
        category=Category(name="Ops"),
        tags=[Tag(name="flask"), Tag(name="缓存")],
        published_at=utc_now() - timedelta(days=9),
    )


def test_an_article_shows_what_was_written_and_who_wrote_it(post: Post, open_page: Open) -> None:
    page = open_page("/articles/caches")
    assert page.h1.get_text() == post.title
    assert page.select_one(".prose em").get_text() == "words"
    byline = page.select_one(".article-head .byline").get_text(" ", strip=True)
    assert "Mara" in byline
    assert "1 minute to read" in byline
    assert [link["href"] for link in page.select("[rel=tag]")] == ["/tags/flask", "/tags/huan-cun"]


def test_the_contents_lead_to_the_headings(post: Post, open_page: Open) -> None:
    page = open_page("/articles/caches")
    links = page.select(".toc a")
    assert [link.get_text() for link in links] == ["First part", "Second part"]
    assert all(page.find(id=link["href"].removeprefix("#")) for link in links)


def test_an_article_with_one_heading_has_no_contents(
    open_page: Open, make_post: Callable[..., Post]
) -> None:
    post = make_post(content="# Only one\n\nText.")
    assert not open_page(post.path).select(".toc")


def test_neighbours_and_related_articles_are_linked(
    post: Post, open_page: Open, make_post: Callable[..., Post]
) -> None:
    make_post(title="Before", published_at=utc_now() - timedelta(days=10), category=post.category)
    make_post(title="之后", published_at=utc_now() - timedelta(days=8))
    page = open_page("/articles/caches")
    assert page.select_one(".neighbours [rel=prev] b").get_text() == "Before"
    assert page.select_one(".neighbours [rel=next] b")["lang"] == "zh-Hans"
    assert page.select_one(".related a")["href"] == "/articles/before"


def test_machines_read_what_the_article_is(post: Post, open_page: Open) -> None:
    page = open_page("/articles/caches")
    properties = {tag["property"]: tag["content"] for tag in page.select("meta[property]")}
    assert properties["og:type"] == "article"
    assert properties["og:title"] == post.title
    assert properties["og:url"] == "http://localhost/articles/caches"
    assert properties["og:image"] == "http://localhost/static/img/card.png"
    assert page.select_one("link[rel=canonical]")["href"] == "http://localhost/articles/caches"
    assert page.select_one("meta[name='twitter:card']")
    data = json.loads(page.select_one("script[type='application/ld+json']").get_text())
    assert data["@type"] == "BlogPosting"
    assert data["headline"] == post.title
    assert data["author"]["name"] == "Mara"
    assert data["keywords"] == ["flask", "缓存"]
    assert data["articleSection"] == "Ops"


def test_an_article_without_extras_is_described_too(
    open_page: Open, make_post: Callable[..., Post]
) -> None:
    page = open_page(make_post(content="", summary=None).path)
    data = json.loads(page.select_one("script[type='application/ld+json']").get_text())
    assert not {"image", "keywords", "articleSection"} & set(data)
    image = page.select_one("meta[property='og:image']")["content"]
    assert image.startswith("http://localhost/static/img/card.png?v=")


def test_an_article_says_that_it_was_revised(
    open_page: Open, make_post: Callable[..., Post]
) -> None:
    new, old = make_post(), make_post(published_at=utc_now() - timedelta(days=3))
    assert "revised" not in open_page(new.path).select_one(".byline").get_text()
    assert "revised" in open_page(old.path).select_one(".byline").get_text()


@pytest.mark.parametrize(
    ("values", "language"),
    [
        ({"title": "Hello"}, "en"),
        ({"title": "缓存"}, "zh-Hans"),
        ({"title": "Bonjour", "language": "fr"}, "fr"),
        ({"title": "Hello", "language": "zh"}, "zh-Hans"),
        ({"title": "Olá", "language": "pt_BR"}, "pt-BR"),
    ],
)
def test_the_text_is_marked_with_its_language(
    open_page: Open, make_post: Callable[..., Post], values: dict[str, Any], language: str
) -> None:
    page = open_page(make_post(**values).path, language="zh")
    assert page.h1["lang"] == page.select_one(".article > .prose")["lang"] == language
    assert page.html["lang"] == "zh-Hans"


def test_on_a_chinese_site_a_title_without_chinese_is_english(post: Post, open_page: Open) -> None:
    current_app.config["SITE_LANGUAGE"] = "zh_Hans_CN"
    assert open_page("/articles/caches").h1["lang"] == "en"


def test_an_article_with_comments_takes_three_statements(
    post: Post,
    client: FlaskClient,
    make_comment: Callable[..., Comment],
    count_statements: Callable[..., Any],
) -> None:
    parent = make_comment(post, post.author)
    make_comment(post, post.author, parent_id=parent.id, depth=1)
    db.session.remove()
    with count_statements() as statements:
        answer = client.get("/articles/caches")
    assert "2 comments" in answer.text
    assert len(statements) <= 3, statements
    assert "Set-Cookie" not in answer.headers
    assert client.head("/articles/caches").status_code == 200


@pytest.mark.parametrize("days", [None, 1])
def test_what_is_not_public_is_shown_to_its_author_with_a_notice(
    make_user: Callable[..., User],
    make_post: Callable[..., Post],
    client: FlaskClient,
    log_in: Callable[..., FlaskClient],
    days: int | None,
) -> None:
    author = make_user()
    published_at = utc_now() + timedelta(days=days) if days else None
    post = make_post(author=author, is_published=bool(days), published_at=published_at)
    assert client.get(post.path).status_code == 404
    log_in(author)
    page = BeautifulSoup(client.get(post.path).text, "html.parser")
    assert client.get(page.select_one(".notice a")["href"]).status_code == 200
    assert page.select_one("meta[name=robots]")["content"] == "noindex"
    assert not page.select("[data-beacon], .comments")


def test_a_former_address_leads_to_the_article(post: Post, client: FlaskClient) -> None:
    post.slug = "all-about-caches"
    db.session.commit()
    answer = client.get("/articles/caches")
    assert (answer.status_code, answer.location) == (301, "/articles/all-about-caches")


def test_anonymous_readers_see_comments_and_a_way_to_log_in(
    post: Post,
    open_page: Open,
    make_comment: Callable[..., Comment],
    make_user: Callable[..., User],
) -> None:
    make_comment(post, make_user(nickname="Wei"), content="Well *said*.")
    make_comment(post, post.author, content="Thanks.")
    page = open_page("/articles/caches")
    assert [text.get_text().strip() for text in page.select(".comment .prose")] == [
        "Well said.",
        "Thanks.",
    ]
    assert page.select_one(".comment .badge").get_text() == "Author"
    assert (
        page.select_one("#comments > p a")["href"] == "/auth/login?next=/articles/caches%23comments"
    )
    assert not page.select("form")


def test_someone_signed_in_can_comment_and_reply_without_javascript(
    post: Post,
    client: FlaskClient,
    log_in: Callable[..., FlaskClient],
    make_comment: Callable[..., Comment],
    make_user: Callable[..., User],
) -> None:
    reader = make_user()
    comment = make_comment(post, post.author)
    own = make_comment(post, reader, content="Waiting.", is_approved=False)
    log_in(reader)
    page = BeautifulSoup(client.get("/articles/caches").text, "html.parser")
    assert page.select_one("#comment-form")["action"] == "/articles/caches/comments"
    assert "waits for approval" in page.find(id=f"comment-{own.id}").get_text()
    assert page.find(id=f"comment-{own.id}").form["action"] == f"/comments/{own.id}/delete"
    assert not page.find(id=f"comment-{comment.id}").form
    link = page.find(id=f"comment-{comment.id}").find("a", string="Reply")["href"]
    assert link == f"/articles/caches?reply={comment.id}#comment-form"
    page = BeautifulSoup(client.get(link).text, "html.parser")
    assert page.select_one("#comment-form [name=parent_id]")["value"] == str(comment.id)
    assert "Your reply to Mara" in page.select_one("#comment-form label").get_text()


def test_a_comment_is_written_by_the_form_of_the_page(
    post: Post, client: FlaskClient, log_in: Callable[..., FlaskClient]
) -> None:
    log_in(post.author)
    form = BeautifulSoup(client.get("/articles/caches").text, "html.parser").select_one(
        "#comment-form"
    )
    client.post(form["action"], data={"content": "By the form."})
    assert "By the form." in client.get("/articles/caches").text


def test_an_imported_comment_shows_the_name_and_address_of_its_writer(
    post: Post, open_page: Open
) -> None:
    for values in ({"author_url": "https://example.org/"}, {}):
        db.session.add(
            Comment(
                content="x", post_id=post.id, is_approved=True, author_name="Old Reader", **values
            )
        )
    db.session.commit()
    page = open_page("/articles/caches")
    assert page.find("a", string="Old Reader")["rel"] == ["nofollow", "ugc", "noopener"]
    assert page.find("b", string="Old Reader")


def test_a_removed_comment_leaves_its_place(
    post: Post, open_page: Open, make_comment: Callable[..., Comment]
) -> None:
    removed = make_comment(post, post.author, content="secret", deleted_at=utc_now())
    make_comment(post, post.author, content="reply", parent_id=removed.id, depth=1)
    page = open_page("/articles/caches")
    assert "This comment was removed." in page.find(id=f"comment-{removed.id}").get_text()
    assert "secret" not in str(page)


def test_many_comments_are_shown_in_pages(
    post: Post,
    open_page: Open,
    make_comment: Callable[..., Comment],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(threads, "THREADS_PER_PAGE", 1)
    for _ in range(3):
        make_comment(post, post.author)
    first, second = open_page("/articles/caches"), open_page("/articles/caches?page=2")
    assert first.select_one("#comments [rel=next]")["href"] == "/articles/caches?page=2#comments"
    assert not first.select("#comments [rel=prev]")
    assert second.select_one("#comments [rel=prev]")["href"] == "/articles/caches#comments"
    assert second.select_one("#comments [rel=next]")["href"] == "/articles/caches?page=3#comments"
    open_page("/articles/caches?page=4", 404)


def test_editors_find_the_way_to_the_desk(
    post: Post,
    client: FlaskClient,
    log_in: Callable[..., FlaskClient],
    make_user: Callable[..., User],
) -> None:
    log_in(make_user(Role.EDITOR))
    page = BeautifulSoup(client.get("/articles/caches").text, "html.parser")
    assert page.select_one(".masthead").find("a", string="Desk")
    assert client.get(page.find("a", string="Edit")["href"]).status_code == 200
    assert page.select_one("meta[name=csrf-token]")
