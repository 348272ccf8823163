"""A wrong answer is noticed, whatever its status."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.models import Post
from loadtests import checks


@pytest.fixture
def post(make_post: Callable[..., Post]) -> Post:
    return make_post(title='Ampers & "quotes" <b>', content="Text.")


def test_our_pages_pass(client: FlaskClient, post: Post) -> None:
    shown = {"title": post.title, "slug": post.slug}
    assert checks.is_article(shown)(client.get(post.path).text) == ""
    assert checks.is_list(client.get("/").text) == ""
    assert checks.found('a "word"')(client.get('/search?q=a "word"').text) == ""
    assert checks.is_feed(client.get("/feed.atom").text) == ""
    assert checks.is_feed(client.get("/feed.json").text) == ""
    post_json = client.get(f"/api/v1/posts/{post.id}").text
    assert checks.is_json(lambda data: data["slug"] == post.slug)(post_json) == ""


def test_wrong_pages_fail(client: FlaskClient, post: Post, make_post: Callable[..., Post]) -> None:
    other = make_post(title="Other")
    page = client.get(other.path).text
    shown = {"title": post.title, "slug": post.slug}
    assert checks.is_article(shown)(page) == "another article's page"
    assert checks.is_list(page[:-200]) != ""
    assert checks.is_page(page.replace("<head>", '<head><meta name="csrf-token">')) != ""
    assert checks.found("word")(page) != ""
    assert checks.is_feed(page) != ""
    assert checks.is_json(lambda data: data)(page) != ""


def test_assets_are_those_a_browser_fetches(client: FlaskClient, post: Post) -> None:
    assets = checks.assets_of(client.get(post.path).text)
    assert any("site.css" in asset for asset in assets)
    assert len(assets) == len(set(assets))
    assert all(client.get(asset, buffered=True).status_code == 200 for asset in assets)
