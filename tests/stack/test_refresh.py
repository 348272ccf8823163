"""What an author changes is seen by readers at once; nothing that an edge does hurts a write."""

import re
import secrets
from collections.abc import Iterator
from time import monotonic
from typing import NamedTuple

import pytest

from tests.stack.browser import Browser
from tests.stack.stack import Stack, run, wait_until

BYPASS = "edge; fwd=bypass"
LISTS = ("/", "/articles", "/feed.atom", "/feed.json", "/archive", "/sitemap.xml")
INNER_PORT = 8082
# A write of its own takes some of this; the machine may be busy with the other tests.
WRITE_SECONDS = 3.0


class Article(NamedTuple):
    """An article that was published by the form."""

    title: str
    path: str
    edit: str


def text(word: str) -> str:
    return f"This is **{word}**."


def write(admin: Browser, path: str, title: str, word: str, **fields: str) -> float:
    """Send the form; return how long the answer took."""
    started = monotonic()
    answer = admin.submit(path, title=title, content=text(word), **fields)
    assert answer.status == 302, answer.body
    return monotonic() - started


@pytest.fixture
def published(stack: Stack, admin: Browser) -> Article:
    """Publish an article, and have readers look at it and at every list, in both languages."""
    title = f"News {secrets.token_hex(4)}"
    path = f"/articles/{title.lower().replace(' ', '-')}"
    for page in LISTS:
        stack.ask(page)
    write(admin, "/desk/posts/new", title, "first", is_published="y")
    found = re.search(r"/desk/posts/\d+/edit", admin.get(path).body)
    assert found
    see(stack, path, "<strong>first</strong>")
    reported_done(stack)
    return Article(title, path, found[0])


def see(stack: Stack, path: str, words: str, **headers: str) -> None:
    """Wait until a reader sees some words."""
    wait_until(lambda: words in stack.ask(path, **headers).body, seconds=2)


OPEN = """
import os, psycopg2
url = open(os.environ["DATABASE_URL_FILE"]).read().strip()
with psycopg2.connect(url) as connection, connection.cursor() as cursor:
    cursor.execute("SELECT count(*) FROM outbox WHERE kind = 'refresh' AND done_at IS NULL")
    print(cursor.fetchone()[0])
"""


def reported_done(stack: Stack) -> None:
    """Wait until every refresh is done; one that failed is tried again half a minute later."""
    wait_until(lambda: stack.python("web", OPEN) == "0", seconds=60)


def version(admin: Browser, path: str) -> dict[str, str]:
    """Return the hidden field that says which version the editor has seen."""
    found = re.search(r'name="version"[^>]*value="(\d+)"', admin.get(path).body)
    return {"version": found[1]} if found else {}


def edit(admin: Browser, article: Article, word: str) -> float:
    return write(
        admin, article.edit, article.title, word, is_published="y", **version(admin, article.edit)
    )


def test_an_edit_is_seen_at_once_in_the_article_and_in_every_list(
    stack: Stack, admin: Browser, published: Article
) -> None:
    for page in LISTS[:4]:
        see(stack, page, published.title)
    see(stack, "/", published.title, Accept_Language="zh")
    edit(admin, published, "second")
    reported_done(stack)
    # From here on nobody sees the former text: two readers in two languages, from the copy.
    for _ in range(20):
        for language in ("en", "zh"):
            answer = stack.ask(published.path, Accept_Language=language)
            assert "<strong>second</strong>" in answer.body
            assert "hit" in answer.cache or "stored" in answer.cache
    assert "second" in stack.ask("/feed.atom").body


def test_what_is_taken_back_is_gone_at_once(
    stack: Stack, admin: Browser, published: Article
) -> None:
    see(stack, "/articles", published.title)
    answer = admin.submit(published.edit.replace("/edit", "/delete"))
    assert answer.status == 302, answer.body
    reported_done(stack)
    assert stack.ask(published.path).status == 404
    assert published.title not in stack.ask("/articles").body


def test_only_who_knows_the_key_overwrites_a_copy(stack: Stack) -> None:
    path = f"/search?q={secrets.token_hex(6)}"
    stack.ask(path)
    key = (stack.folder / "secrets/edge_refresh_key").read_text().strip()
    assert "hit" in stack.ask(path, X_Refresh_Key="guessed").cache
    assert stack.ask(path, X_Refresh_Key=key).cache == BYPASS
    assert "hit" in stack.ask(path).cache
    code = f"""
import http.client
for key in ("guessed", "", {key!r}):
    inside = http.client.HTTPConnection("edge", {INNER_PORT}, timeout=5)
    inside.request("GET", {path!r}, headers={{"X-Refresh-Key": key}})
    print(inside.getresponse().status)
"""
    assert stack.python("worker", code).split() == ["403", "403", "200"]


@pytest.fixture
def frozen_web(stack: Stack, published: Article) -> Iterator[None]:
    """Let the application hang, so that no new page can come."""
    containers = stack.containers("web")
    run("docker", "pause", *containers)
    yield
    run("docker", "unpause", *containers)


def test_the_old_copy_stays_until_the_new_one_is_there(
    stack: Stack, published: Article, frozen_web: None
) -> None:
    key = (stack.folder / "secrets/edge_refresh_key").read_text().strip()
    code = f"""
import http.client
inside = http.client.HTTPConnection("edge", {INNER_PORT}, timeout=2)
inside.request("GET", {published.path!r}, headers={{"X-Refresh-Key": {key!r}}})
try:
    print(inside.getresponse().status)
except TimeoutError:
    print("hangs")
"""
    assert stack.python("worker", code) == "hangs"
    answer = stack.ask(published.path)
    assert answer.status == 200
    assert "<strong>first</strong>" in answer.body


@pytest.fixture
def hung_edge(stack: Stack, published: Article) -> Iterator[None]:
    """Let the edge hang."""
    run("docker", "pause", *stack.containers("edge"))
    yield
    run("docker", "unpause", *stack.containers("edge"))


PUBLISH = """
import time
from app import create_app, db
from app.models import Post, User
from app.services import publishing
with create_app().app_context():
    editor = db.session.scalars(db.select(User).where(User.is_admin)).first()
    post = db.session.scalars(db.select(Post).where(Post.slug == {slug!r})).one()
    started = time.monotonic()
    publishing.update_post(post_id=post.id, editor=editor, content={content!r})
    print(time.monotonic() - started)
"""


def test_an_edge_that_hangs_hurts_no_write_and_finds_out_afterwards(
    stack: Stack, published: Article, hung_edge: None
) -> None:
    slug = published.path.rsplit("/", 1)[1]
    seconds = float(stack.python("web", PUBLISH.format(slug=slug, content=text("third"))))
    assert seconds < WRITE_SECONDS
    wait_until(lambda: "Not every edge is refreshed" in stack.logs("worker"))
    run("docker", "unpause", *stack.containers("edge"))
    wait_until(lambda: "<strong>third</strong>" in stack.ask(published.path).body, seconds=15)
    run("docker", "pause", *stack.containers("edge"))
