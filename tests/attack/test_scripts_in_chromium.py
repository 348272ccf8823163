"""Script injection in a real browser: with the site's policy and without it, nothing runs."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, Route

from app import db
from app.models import Comment, Post, Role, User
from app.services import taxonomy
from app.services.clean import clean_text
from tests.attack.pages import PAYLOADS
from tests.chromium import chromium, served
from tests.conftest import PASSWORD

# Whole documents that the parser would take apart in a page of many; each has a page of its own.
ALONE = PAYLOADS[::12]
TRIED = 2 * (len(PAYLOADS) + len(ALONE))
CONTROL = """() => {
    const image = document.createElement("img");
    image.addEventListener("error", () => setTimeout(() => { window.failed = true; }, 50));
    image.setAttribute("onerror", "alert(7)");
    image.src = "/absent";
    document.body.append(image);
}"""
LOOK = """() => {
    const found = [];
    for (const element of document.querySelectorAll("*")) {
        for (const { name } of element.attributes) if (/^on/i.test(name)) found.push(name);
        const protocol = element.protocol || "";
        if (element.hasAttribute("href") && /^(javascript|data|vbscript):/i.test(protocol))
            found.push(element.outerHTML);
    }
    return found;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give a browser for the tests of this file."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def blog(make_app: Callable[..., Flask]) -> Flask:
    """Give a blog whose articles and comments are all attacks."""
    app = make_app(posts_per_page=100)
    with app.app_context():
        user = User(username="admin", email="admin@example.org", role=int(Role.ADMIN))
        user.set_password(PASSWORD)
        user.nickname, user.bio = PAYLOADS[11][:50], PAYLOADS[0]
        db.session.add(user)
        db.session.flush()
        for number, payload in enumerate(map(clean_text, PAYLOADS)):
            content = f"{payload}\n\n[{payload}]({payload})"
            post = Post(title=payload[:200], content=content, author_id=user.id, is_published=True)
            db.session.add(post)
            post.summary = payload[:500]
            post.tags = taxonomy.find_or_add_tags([payload.replace(",", " ")[:40] + str(number)])
            db.session.flush()
            db.session.add(Comment(post_id=1, author_id=user.id, content=payload, is_approved=True))
        db.session.commit()
    return app


@pytest.mark.parametrize("bypass_policy", [False, True], ids=["policy", "no policy"])
def test_nothing_runs_in_a_browser(blog: Flask, browser: Browser, bypass_policy: bool) -> None:
    ran: list[str] = []
    with blog.app_context():
        paths = [post.path for post in db.session.scalars(db.select(Post).order_by(Post.id))]
    pages = ["/", "/?page=2", "/articles", "/search?q=alert", "/authors/admin", "/desk/?everyone=1"]
    pages += ["/admin/comments", "/admin/topics", *paths[:: len(PAYLOADS) // len(ALONE)]]
    with served(blog) as address:
        context = browser.new_context(bypass_csp=bypass_policy)
        page = context.new_page()
        page.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))

        def elsewhere(route: Route) -> None:
            if route.request.resource_type in ("script", "document", "stylesheet"):
                ran.append(route.request.url)
            route.abort()

        page.route(lambda url: not url.startswith(address), elsewhere)
        log_in(page, address)
        for path in pages:
            page.goto(f"{address}{path}", wait_until="load")
            assert page.evaluate(LOOK) == [], path
            assert page.url == f"{address}{path}", "a page has led away"
        # An attack that gets through does run here: else nothing was shown.
        page.evaluate(CONTROL)
        page.wait_for_function("() => window.failed")
        context.close()
    assert ran == (["7"] if bypass_policy else [])


def log_in(page: Page, address: str) -> None:
    """Log in by the form."""
    page.goto(f"{address}/auth/login")
    page.fill("[name=username]", "admin")
    page.fill("[name=password]", PASSWORD)
    page.click("main [type=submit]")
    page.wait_for_load_state("load")
