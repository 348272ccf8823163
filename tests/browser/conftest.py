"""A blog with something on every page, served to a real browser."""

import io
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page

from app import db
from app.models import Category, Comment, Post, Revision, Role, User
from app.models.base import utc_now
from app.services import autosaves, preview_links, publishing, uploads
from tests.chromium import chromium
from tests.conftest import PASSWORD

CODE = "```python\ndef add(a, b):\n    return a + b  # 和\n```\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n"
TASKS = "- [x] done\n- [ ] open\n\n> A quote[^1]\n\n[^1]: A note.\n\n"
PARTS = "# Part\n\nText\n\n## More\n\nText"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Give a browser for all tests."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def blog(make_app: Callable[..., Flask]) -> Flask:
    """Give a blog with forms protected as for readers, and an author and an admin."""
    app = make_app()
    app.config["WTF_CSRF_ENABLED"] = True
    with app.app_context():
        for name, role in (("admin", Role.ADMIN), ("author", Role.AUTHOR)):
            user = User(username=name, email=f"{name}@example.org", role=int(role))
            user.set_password(PASSWORD)
            db.session.add(user)
        db.session.commit()
    return app


def picture(color: str = "green", size: tuple[int, int] = (900, 500)) -> bytes:
    """Return a PNG of one colour."""
    output = io.BytesIO()
    Image.new("RGB", size, color).save(output, "PNG")
    return output.getvalue()


@pytest.fixture
def furnished(blog: Flask) -> dict[str, Any]:
    """Put something on every page; give what varies in their addresses."""
    with blog.app_context():
        admin = db.session.scalars(db.select(User).where(User.username == "admin")).one()
        stored = uploads.store_image(data=picture(), filename="sea.png", owner_id=admin.id)
        post = publishing.create_post(
            author=admin,
            title="A walk by the sea",
            content=f"![The sea]({stored.url})\n\n{CODE}\n{TASKS}{PARTS}",
            new_category="Travel",
            tags="sea, walking",
            is_published=True,
        )
        publishing.update_post(post_id=post.id, editor=admin, content=f"New line\n\n{post.content}")
        draft = publishing.create_post(author=admin, title="草稿", content="中文**草稿**")
        later = utc_now() + timedelta(days=2)
        publishing.create_post(
            author=admin, title="Later", content="x", is_published=True, published_at=later
        )
        for number in range(12):
            db.session.add(
                Post(title=f"No. {number}", content="x", author=admin, is_published=True)
            )
        for number in range(3):
            db.session.add(
                Comment(post=post, author=admin, content="Fine, `code`.", is_approved=number > 0)
            )
        autosaves.keep(user=admin, fields={"title": "Half"}, post_id=None, autosave_id=None)
        autosaves.keep(user=admin, fields={"content": "Half"}, post_id=draft.id, autosave_id=None)
        link = preview_links.make_link(post_id=draft.id, user=admin, days=7)
        category = db.session.scalars(db.select(Category)).one()
        revision = db.session.scalars(db.select(Revision.id).where(Revision.post_id == post.id))
        return {
            "slug": post.slug,
            "main.category:slug": category.slug,
            "slugs": ["sea"],
            "month": utc_now().date(),
            "username": "admin",
            "user_id": admin.id,
            "post_id": draft.id,
            "posts.revision:post_id": post.id,
            "posts.history:post_id": post.id,
            "revision_id": revision.all()[-1],
            "token": "unknown",
            "kind": "category",
            "topic_id": category.id,
            "main.preview:token": link.token,
            "code": "en",
            "path": stored.path,
            "part": 0,
            "filename": "css/site.css",
        }


def log_in(page: Page, address: str, name: str = "author") -> None:
    """Log in by the form."""
    page.goto(f"{address}/auth/login")
    page.fill("[name=username]", name)
    page.fill("[name=password]", PASSWORD)
    page.click("main [type=submit]")
    page.wait_for_url(re.compile(r"^(?!.*/auth/login)"))


@pytest.fixture
def open_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Give a function that opens a browser's window with cookies of its own."""
    opened: list[BrowserContext] = []

    def open_one(**options: object) -> BrowserContext:
        options = {"viewport": {"width": 1280, "height": 900}, "locale": "en-US"} | options
        context = browser.new_context(**options)  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        opened.append(context)
        return context

    yield open_one
    for context in opened:
        context.close()
