"""Script injection (XSS): whatever is written into any field, no page can run it."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import feedparser
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings

from app import db
from app.models import Comment, OutboxMessage, Post, Role, User
from app.services import publishing, taxonomy
from app.services.clean import clean_text
from app.services.importing import GhostExport, MarkdownTree, WordPressExport, import_blog
from tests.app.services.importing.wordpress.conftest import HEAD, make_comment, make_item
from tests.app.text.xss import SOUP
from tests.attack.blog import picture
from tests.attack.pages import IN_TEXT, PAYLOADS, dangers, unsafe

# Fields of an article, and where each of them stands.
ARTICLE_FIELDS = ("title", "summary", "content", "tag", "category", "category text")
FORM_FIELDS = (
    *("nickname", "bio", "avatar_url", "username", "email", "next", "q", "message", "name"),
    *("site_name", "site_tagline", "block", "topic", "slug", "alt", "file name", "token name"),
    *("user agent", "preview", "preview title", "autosave", "comment", "reply", "path", "host"),
)
GENERATED = 40
# Beside an article's fields: comments, its API, two kinds of old blogs and Ghost's three forms.
TRIED = len(PAYLOADS) * (len(ARTICLE_FIELDS) + 7) + len(IN_TEXT) // 2 * len(FORM_FIELDS) + GENERATED

Fields = dict[str, Callable[[str], Any]]


@pytest.fixture
def admin(make_user: Callable[..., User]) -> User:
    return make_user(Role.ADMIN, username="admin")


@pytest.fixture
def browser(admin: User, sign_in: Callable[..., FlaskClient]) -> FlaskClient:
    return sign_in(admin)


def short(payload: str, most: int) -> str:
    """Return as much of a payload as a field takes."""
    return payload.replace(",", " ")[:most]


def write_articles(author: User) -> list[Post]:
    """Store an article for each payload, with it in every field that takes it."""
    posts = []
    for number, payload in enumerate(map(clean_text, PAYLOADS)):
        post = Post(
            title=f"{number} {payload}"[:200],
            summary=payload[:500],
            content=f"{payload}\n\n# {payload}\n\n[{payload}]({payload})",
            author_id=author.id,
            is_published=True,
        )
        db.session.add(post)
        post.tags = taxonomy.find_or_add_tags([short(payload, 40) + str(number)])
        post.category = taxonomy.find_or_add_category(short(payload, 40) + str(number))
        post.category.description = payload[:200]
        db.session.flush()
        db.session.add(Comment(post_id=post.id, author_id=author.id, content=payload))
    db.session.commit()
    return posts


def test_what_an_author_writes_runs_nowhere(app: Flask, admin: User, browser: FlaskClient) -> None:
    app.config["POSTS_PER_PAGE"] = 60
    admin.nickname, admin.bio = PAYLOADS[0][:50], PAYLOADS[1]
    db.session.commit()
    write_articles(admin)
    db.session.execute(db.update(Comment).values(is_approved=True))
    db.session.commit()
    pages = ["/", "/articles", "/archive", f"/authors/{admin.username}", "/search?q=alert"]
    pages += ["/desk/", "/desk/?everyone=1&page=2", "/desk/media", "/admin/", "/admin/comments"]
    pages += ["/admin/topics", "/admin/users", "/admin/comments?page=2"]
    for post in db.session.scalars(db.select(Post)):
        pages.append(post.path)
        if post.id % 12 == 0:
            pages += [f"/desk/posts/{post.id}/edit", f"/categories/{post.category.slug}"]
    wrong = {page: found for page in pages if (found := dangers(browser.get(page).text))}
    assert wrong == {}
    anonymous = app.test_client()
    feed = feedparser.parse(anonymous.get("/feed.atom").text)
    assert len(feed.entries) > 10
    contents = [entry.content[0].value for entry in feed.entries]
    contents += [i["content_html"] for i in json.loads(anonymous.get("/feed.json").text)["items"]]
    contents += [i["content_html"] for i in api_posts(anonymous)]
    assert [html for html in contents if unsafe(html)] == []


def api_posts(browser: FlaskClient) -> list[dict[str, Any]]:
    """Return articles as the API gives them, to which no browser gives a page's rights."""
    answer = browser.get("/api/v1/posts?fields=content_html&per_page=100")
    assert answer.mimetype == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    items: list[dict[str, Any]] = answer.json["items"]
    return items


def forms(browser: FlaskClient, post: Post) -> Fields:
    """Return every field that shows what is typed, as a function that types it and reads on."""
    app = browser.application

    def then(page: str, path: str, **form: Any) -> str:
        answer = browser.post(path, data=form)
        return answer.text + browser.get(page).text

    profile, edit = "/auth/profile", f"/desk/posts/{post.id}"
    site = {"site_tagline": "t", "site_language": "en", "time_zone": "UTC", "site_name": "n"}
    site |= {"registration": "open", "comments": "open"}
    contact = {"email": "a@example.org", "name": "n"}
    return {
        "nickname": lambda p: then(profile, profile, nickname=p[:50]) + browser.get(post.path).text,
        "bio": lambda p: then(profile, profile, bio=p) + browser.get("/authors/admin").text,
        "avatar_url": lambda p: then(profile, profile, avatar_url=p),
        "username": lambda p: then("/auth/login", "/auth/login", username=p, password=p),
        "email": lambda p: then("/auth/reset", "/auth/reset", email=p),
        "next": lambda p: app.test_client().get("/auth/login", query_string={"next": p}).text,
        "q": lambda p: (
            browser.get("/search", query_string={"q": p}).text
            + browser.get("/admin/users", query_string={"q": p, "role": p}).text
            + browser.get("/desk/", query_string={"q": p, "state": p, "page": 1}).text
        ),
        "message": lambda p: browser.post("/contact", data=contact | {"message": f"{p} " * 3}).text,
        "name": lambda p: then("/contact", "/contact", name=p, email=p, message="x" * 20),
        "site_name": lambda p: then("/", "/admin/settings", **site | {"site_name": p[:60]}),
        "site_tagline": lambda p: then("/", "/admin/settings", **site | {"site_tagline": p[:150]}),
        "block": lambda p: then("/admin/blocks", "/admin/blocks", kind="word", value=p),
        "topic": lambda p: then("/admin/topics", "/admin/topics/tag/new", name=p[:50]),
        "slug": lambda p: browser.post(f"{edit}/edit", data={"slug": p, "title": "t"}).text,
        "alt": lambda p: then("/desk/media", f"/desk/media/{picture_id(browser)}", alt=p),
        "file name": lambda p: then(
            "/desk/media", "/desk/media", file=(io.BytesIO(unique_picture()), p[:100] or "x")
        ),
        "token name": lambda p: str(browser.post("/api/v1/auth/tokens", json={"name": p}).mimetype),
        "user agent": lambda p: agent(app, p) + browser.get("/auth/security").text,
        "preview": lambda p: (
            browser.post("/desk/posts/preview", data={"content": p}).text
            + browser.post("/desk/posts/preview?format=html", data={"content": p}).text
        ),
        "preview title": lambda p: (
            browser.post("/desk/posts/preview", data={"title": p, "content": "x"}).text
        ),
        "autosave": lambda p: then("/desk/", "/desk/autosave", title=p, content=p, tags=p),
        "comment": lambda p: then(post.path, f"{post.path}/comments", content=p),
        "reply": lambda p: then(post.path, f"{post.path}/comments", content=p, parent_id=p),
        "path": lambda p: app.test_client().get(f"/articles/{p.replace('?', '')}").text,
        "host": lambda p: app.test_client().get("/", headers={"X-Forwarded-Host": p}).text,
    }


colours = iter(range(2**24))


def unique_picture() -> bytes:
    """Return a picture that was not sent before."""
    return picture(f"#{next(colours):06x}")


def picture_id(browser: FlaskClient) -> int:
    """Return the row of a picture in the library."""
    found = db.session.scalar(db.text("SELECT max(id) FROM uploads"))
    if not found:
        browser.post("/desk/media", data={"file": (io.BytesIO(unique_picture()), "a.png")})
    return found or db.session.scalar(db.text("SELECT max(id) FROM uploads"))


def agent(app: Flask, payload: str) -> str:
    """Log in from a browser that calls itself something."""
    headers = {"User-Agent": "".join(c for c in payload if c.isprintable() and ord(c) < 256)}
    form = {"username": "admin", "password": "Correct-Horse-7"}
    return app.test_client().post("/auth/login", data=form, headers=headers).text


@pytest.mark.parametrize("field", FORM_FIELDS)
def test_what_a_visitor_types_runs_nowhere(
    app: Flask, admin: User, browser: FlaskClient, make_post: Callable[..., Post], field: str
) -> None:
    type_into = forms(browser, make_post(admin))[field]
    # One half for every other field: each page is long.
    payloads = IN_TEXT[FORM_FIELDS.index(field) % 2 :: 2]
    wrong = {p: found for p in payloads if (found := dangers(type_into(p)))}
    assert wrong == {}
    for mail in db.session.scalars(db.select(OutboxMessage).where(OutboxMessage.kind == "mail")):
        assert dangers(mail.payload["html"].replace("style=", "")) == []


def wordpress_export(folder: Path, payloads: list[str]) -> WordPressExport:
    """Return an export with a payload in every field of each of its items."""
    items = [
        make_item(
            make_comment(number, payload, author=payload[:80], author_url=payload),
            title=payload,
            content__encoded=payload,
            wp__post_id=str(number),
            wp__post_name=f"wp-{number}",
            guid=f"https://old.example/?p={number}",
            link=f"https://old.example/{number}",
        )
        for number, payload in enumerate(payloads, 1)
    ]
    export = folder / "export.xml"
    export.write_text(HEAD.format(version="1.2", head="") + "".join(items) + "</channel></rss>")
    return WordPressExport(export, media=None)


def markdown_tree(folder: Path, payloads: list[str]) -> MarkdownTree:
    """Return a tree whose documents and their front matter are payloads."""
    tree = folder / "tree"
    tree.mkdir()
    for number, payload in enumerate(payloads):
        matter = json.dumps({"title": payload, "tags": [payload[:40]], "description": payload})
        (tree / f"md-{number}.md").write_text(f"{matter}\n{payload}\n")
    return MarkdownTree(tree, site=None)


def ghost_bodies(payload: str) -> list[dict[str, str]]:
    """Return a payload in each of the three forms in which Ghost keeps a post."""
    text = {"type": "text", "text": payload, "format": 0}
    nodes = [
        {"type": "paragraph", "children": [text]},
        {"type": "html", "html": payload},
        {"type": "image", "src": payload, "alt": payload, "caption": payload},
        {"type": "bookmark", "url": payload, "metadata": {"title": payload}, "caption": payload},
        {"type": "link", "url": payload, "children": [text]},
    ]
    cards = [
        ["html", {"html": payload}],
        ["image", {"src": payload, "alt": payload, "caption": payload}],
        ["embed", {"html": payload, "url": payload, "caption": payload}],
        ["markdown", {"markdown": payload}],
    ]
    sections: list[Any] = [[1, "p", [[0, [0], 1, payload]]]]
    sections += [[10, number] for number in range(len(cards))]
    document = {"version": "0.3.1", "atoms": [], "cards": cards, "sections": sections}
    return [
        {"html": payload},
        {"lexical": json.dumps({"root": {"type": "root", "children": nodes}})},
        {"mobiledoc": json.dumps(document | {"markups": [["a", ["href", payload]]]})},
    ]


def ghost_export(folder: Path, payloads: list[str]) -> GhostExport:
    """Return an export with a payload in every field and every kind of card."""
    posts = [
        {"id": f"{number}-{form}", "title": payload, "slug": f"ghost-{number}-{form}"}
        | {"custom_excerpt": payload[:300], "feature_image": payload, "status": "published"}
        | {"type": "post", "created_at": "2021-03-24T04:34:10.000Z"}
        | body
        for number, payload in enumerate(payloads)
        for form, body in enumerate(ghost_bodies(payload))
    ]
    tags = [{"id": str(n), "name": p[:50], "slug": f"t{n}"} for n, p in enumerate(payloads)]
    links = [
        {"post_id": post["id"], "tag_id": str(number // 3)} for number, post in enumerate(posts)
    ]
    data = {"posts": posts, "tags": tags, "posts_tags": links}
    export = folder / "ghost.json"
    export.write_text(json.dumps({"db": [{"meta": {"version": "5.80.0"}, "data": data}]}))
    return GhostExport(export, media=None, site_url="")


OLD_BLOGS: dict[str, Callable[[Path, list[str]], Any]] = {
    "WordPress": wordpress_export,
    "Markdown": markdown_tree,
    "Ghost": ghost_export,
}


@pytest.mark.parametrize("kind", OLD_BLOGS)
def test_what_an_old_blog_brings_runs_nowhere(
    app: Flask, admin: User, browser: FlaskClient, tmp_path: Path, kind: str
) -> None:
    payloads = [p for p in PAYLOADS if p.isprintable()]
    source = OLD_BLOGS[kind](tmp_path, payloads)
    assert import_blog(source=source, author=admin)
    posts = db.session.scalars(db.select(Post)).all()
    assert len(posts) > len(payloads) // 2
    assert kind != "Ghost" or {path.path[-1] for path in posts} == {"0", "1", "2"}
    wrong = {p.path: found for p in posts if (found := dangers(browser.get(p.path).text))}
    assert wrong == {}


def test_any_soup_of_tags_makes_a_page_in_which_nothing_runs(
    app: Flask, admin: User, browser: FlaskClient
) -> None:
    post = publishing.create_post(author=admin, title="t", content="c", is_published=True)
    number, path = post.id, post.path
    db.session.commit()

    @settings(
        max_examples=GENERATED,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(SOUP)
    def write(soup: str) -> None:
        text = soup.replace("\x00", "") or "x"
        form = {"title": f"t{text}"[:100], "content": f"c{text}", "is_published": "y", "tags": "a"}
        browser.post(f"/desk/posts/{number}/edit", data=form | {"slug": path.rpartition("/")[2]})
        assert dangers(browser.get(path).text) == []

    write()
