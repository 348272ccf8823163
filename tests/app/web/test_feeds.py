"""Tests of what programs read, held against the specifications."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import feedparser
import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree

from app.models import Category, Post, Tag, User, db
from app.models.base import utc_now
from app.services import reading
from app.services.reading import syndication
from app.web import feeds

ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
FIRST = datetime(2026, 10, 31, 12, tzinfo=UTC)


@pytest.fixture
def blog(app: Flask, make_user: Callable[..., User], make_post: Callable[..., Post]) -> Post:
    """Store more articles than a feed holds and return the newest, which has everything."""
    author = make_user(username="mara", nickname="Mara & Co")
    for number in range(22):
        make_post(author=author, title=f"Article {number}", published_at=FIRST - timedelta(number))
    return make_post(
        author=author,
        title="缓存 <b> & \x0b ]]>",
        slug="caches",
        summary="Short.",
        content="![x](/static/img/card.png) [archive](/archive) [part](#part) <b>",
        category=Category(name="Ops"),
        tags=[Tag(name="flask")],
        published_at=FIRST + timedelta(days=1),
    )


def parsed(client: FlaskClient, path: str) -> etree._Element:
    answer = client.get(path)
    assert answer.status_code == 200
    return etree.fromstring(answer.data)


def is_absolute(address: str) -> bool:
    return (
        address.isascii() and urlsplit(address).scheme == "http" and bool(urlsplit(address).netloc)
    )


def test_the_atom_feed_has_what_rfc_4287_demands(blog: Post, client: FlaskClient) -> None:
    answer = client.get("/feed.atom")
    assert answer.content_type == "application/atom+xml; charset=utf-8"
    feed = etree.fromstring(answer.data)
    assert feed.tag == f"{ATOM}feed"
    for element in [feed, *feed.iter(f"{ATOM}entry")]:
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{name}")) == 1, name
        assert urlsplit(element.findtext(f"{ATOM}id")).scheme
        alternates = element.findall(f"{ATOM}link[@rel='alternate']")
        assert len(alternates) == 1
    for entry in feed.iter(f"{ATOM}entry"):
        assert entry.findtext(f"{ATOM}author/{ATOM}name") == "Mara & Co"
        assert entry.find(f"{ATOM}content").get("type") == "html"
    for moment in [*feed.iter(f"{ATOM}updated"), *feed.iter(f"{ATOM}published")]:
        assert RFC_3339.fullmatch(moment.text)
    for link in feed.iter(f"{ATOM}link"):
        assert is_absolute(link.get("href"))
    assert feed.find(f"{ATOM}link[@rel='self']").get("href") == "http://localhost/feed.atom"
    ids = [element.text for element in feed.iter(f"{ATOM}id")]
    assert len(set(ids)) == len(ids) == 21


def test_a_feed_reader_understands_the_atom_feed(blog: Post, client: FlaskClient) -> None:
    feed = feedparser.parse(client.get("/feed.atom").data)
    assert not feed.bozo
    assert (feed.version, feed.feed.title, feed.feed.language) == ("atom10", "Ironpress", "en")
    newest = feed.entries[0]
    assert newest.link == "http://localhost/articles/caches"
    assert [tag.label for tag in newest.tags] == ["Ops", "flask"]
    assert newest.author == "Mara & Co"
    assert datetime(*newest.published_parsed[:6], tzinfo=UTC) == blog.published_at
    assert feed.entries[0].content[0].language == "zh-Hans"
    assert feed.entries[1].title == "Article 0"


def test_the_json_feed_has_what_version_1_1_demands(blog: Post, client: FlaskClient) -> None:
    answer = client.get("/feed.json")
    assert answer.content_type == "application/feed+json; charset=utf-8"
    feed = json.loads(answer.data)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"] == "Ironpress"
    for name in ("home_page_url", "feed_url", "icon", "favicon"):
        assert is_absolute(feed[name])
    assert len(feed["items"]) == 20
    for item in feed["items"]:
        assert isinstance(item["id"], str)
        assert is_absolute(item["url"])
        assert item["content_html"]
        assert RFC_3339.fullmatch(item["date_published"])
        assert RFC_3339.fullmatch(item["date_modified"])
        assert item["authors"][0]["name"] == "Mara & Co"
    newest = feed["items"][0]
    assert newest["title"] == blog.title
    assert newest["tags"] == ["Ops", "flask"]
    assert newest["image"] == "http://localhost/static/img/card.png"
    assert newest["language"] == "zh-Hans"
    assert "tags" not in feed["items"][1]


def test_both_feeds_carry_the_same_articles_in_full_with_absolute_addresses(
    blog: Post, client: FlaskClient
) -> None:
    entries = parsed(client, "/feed.atom").findall(f"{ATOM}entry")
    items = json.loads(client.get("/feed.json").data)["items"]
    assert [entry.findtext(f"{ATOM}id") for entry in entries] == [item["id"] for item in items]
    contents = [entry.findtext(f"{ATOM}content") for entry in entries]
    assert contents == [item["content_html"] for item in items]
    assert 'src="http://localhost/static/img/card.png"' in contents[0]
    assert 'href="http://localhost/archive"' in contents[0]
    assert 'href="http://localhost/articles/caches#part"' in contents[0]


def test_an_id_survives_a_new_title_and_address(blog: Post, client: FlaskClient) -> None:
    before = parsed(client, "/feed.atom").findtext(f"{ATOM}entry/{ATOM}id")
    blog.title, blog.slug = "Other", "other"
    db.session.commit()
    assert parsed(client, "/feed.atom").findtext(f"{ATOM}entry/{ATOM}id") == before
    assert before == f"tag:localhost,{utc_now():%Y-%m-%d}:post/{blog.id}"


def test_an_empty_blog_has_valid_feeds(client: FlaskClient) -> None:
    assert RFC_3339.fullmatch(parsed(client, "/feed.atom").findtext(f"{ATOM}updated"))
    assert json.loads(client.get("/feed.json").data)["items"] == []


def test_pages_lead_to_the_feeds(client: FlaskClient) -> None:
    page = client.get("/").text
    for media_type, path in (("atom+xml", "/feed.atom"), ("feed+json", "/feed.json")):
        link = re.search(
            rf'<link rel="alternate"\s+type="application/{re.escape(media_type)}"[^>]*>', page
        )
        assert link
        assert f'href="{path}"' in link[0]


def test_the_sitemap_names_every_public_page(blog: Post, client: FlaskClient) -> None:
    answer = client.get("/sitemap.xml")
    assert answer.content_type == "application/xml; charset=utf-8"
    root = etree.fromstring(answer.data)
    assert root.tag == f"{SITEMAP}urlset"
    pages = {url.findtext(f"{SITEMAP}loc"): url.findtext(f"{SITEMAP}lastmod") for url in root}
    assert len(pages) == len(root)
    assert all(is_absolute(address) for address in pages)
    for path in ("/", "/about", "/categories/ops", "/tags/flask", "/authors/mara"):
        assert f"http://localhost{path}" in pages
    assert RFC_3339.fullmatch(pages["http://localhost/articles/caches"])
    assert all(client.get(urlsplit(address).path).status_code == 200 for address in pages)


def test_a_large_sitemap_is_an_index_of_parts(
    blog: Post, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = blog.id
    monkeypatch.setattr(syndication, "SITEMAP_PART_SIZE", max(1, last // 2))
    root = parsed(client, "/sitemap.xml")
    assert root.tag == f"{SITEMAP}sitemapindex"
    parts = [item.findtext(f"{SITEMAP}loc") for item in root]
    assert parts[0] == "http://localhost/sitemap-0.xml"
    addresses = [
        url.findtext(f"{SITEMAP}loc")
        for part in parts
        for url in parsed(client, urlsplit(part).path)
    ]
    assert len([address for address in addresses if "/articles/" in address]) == 23
    assert len(set(addresses)) == len(addresses)
    assert "http://localhost/tags/flask" in addresses
    assert client.get("/sitemap-99.xml").status_code == 404


def test_a_part_of_the_sitemap_holds_less_than_the_protocol_allows() -> None:
    assert reading.SITEMAP_PART_SIZE + syndication.MAX_SITEMAP_PAGES + len(feeds.PAGES) <= 50_000


def test_an_address_that_is_not_ascii_is_encoded(
    client: FlaskClient, make_post: Callable[..., Post]
) -> None:
    make_post(slug="缓存")
    expected = "http://localhost/articles/%E7%BC%93%E5%AD%98"
    assert parsed(client, "/feed.atom").find(f"{ATOM}entry/{ATOM}link").get("href") == expected
    assert expected in client.get("/sitemap.xml").text
    assert f'<link rel="canonical" href="{expected}">' in client.get("/articles/缓存").text


def test_robots_are_told_what_to_leave_alone(client: FlaskClient) -> None:
    answer = client.get("/robots.txt")
    assert answer.content_type == "text/plain; charset=utf-8"
    lines = answer.text.splitlines()
    assert lines[0] == "User-agent: *"
    assert {"Disallow: /auth/", "Disallow: /desk/", "Disallow: /search"} <= set(lines)
    assert lines[-1] == "Sitemap: http://localhost/sitemap.xml"


def test_feeds_do_not_depend_on_the_readers_language(blog: Post, client: FlaskClient) -> None:
    answers: list[Any] = [
        client.get("/feed.atom", headers={"Accept-Language": language}).data
        for language in ("en", "zh")
    ]
    assert answers[0] == answers[1]
