"""What readers' browsers load and show: weight, stability, light and dark, print."""

import gzip
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from playwright.sync_api import BrowserContext, Page, Response

from app import db
from app.models import Post, User
from tests.browser.conftest import log_in
from tests.chromium import served

MOST_BYTES = 60 * 1024
PARAGRAPH = "Every page is rendered once and kept, and what is kept is served until it changes. "
SHIFTS = """() => new Promise((resolve) => {
    let sum = 0;
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) sum += entry.value;
    }).observe({type: "layout-shift", buffered: true});
    requestAnimationFrame(() => requestAnimationFrame(() => resolve(sum)));
})"""
BACKGROUND = "getComputedStyle(document.documentElement).backgroundColor"
LIGHT, DARK = "rgb(250, 248, 243)", "rgb(23, 22, 20)"


def weigh(page: Page, address: str) -> dict[str, int]:
    """Open a page and return the compressed size of everything that it loads, by address."""
    sizes: dict[str, int] = {}

    def note(answer: Response) -> None:
        if answer.request.method == "GET":
            body = answer.body()
            is_text = "image/" not in answer.headers.get("content-type", "")
            sizes[answer.url] = len(gzip.compress(body, 6)) if is_text else len(body)

    page.on("response", note)
    page.goto(address, wait_until="networkidle")
    page.remove_listener("response", note)
    return sizes


def test_a_text_article_weighs_at_most_60_kb_and_asks_nobody_else(
    blog: Flask, open_context: Callable[..., BrowserContext]
) -> None:
    with blog.app_context():
        author = db.session.scalars(db.select(User)).first()
        text = "\n\n".join(f"# Part {number}\n\n{PARAGRAPH * 12}" for number in range(20))
        db.session.add(Post(title="Long", content=text, author=author, is_published=True))
        db.session.commit()
    with served(blog) as site:
        sizes = weigh(open_context().new_page(), f"{site}/articles/long")
        assert {urlsplit(address).netloc for address in sizes} == {urlsplit(site).netloc}
    assert sum(sizes.values()) <= MOST_BYTES, sizes
    assert len(sizes) >= 4


def test_nothing_moves_while_a_page_loads(
    blog: Flask, furnished: dict[str, Any], open_context: Callable[..., BrowserContext]
) -> None:
    page = open_context().new_page()
    with served(blog) as site:
        for path in ("/", f"/articles/{furnished['slug']}", "/search?q=sea", "/auth/login"):
            for width in (1280, 390):
                page.set_viewport_size({"width": width, "height": 900})
                page.goto(site + path, wait_until="load")
                assert page.evaluate(SHIFTS) < 0.01, path
        log_in(page, site, "admin")
        page.goto(f"{site}/desk/", wait_until="load")
        assert page.evaluate(SHIFTS) < 0.01


def test_readers_choose_light_or_dark_and_the_system_decides_else(
    blog: Flask, open_context: Callable[..., BrowserContext]
) -> None:
    context = open_context(color_scheme="dark")
    page = context.new_page()
    with served(blog) as site:
        page.goto(site)
        assert page.evaluate(BACKGROUND) == DARK
        page.click(".theme-switch")
        assert page.evaluate(BACKGROUND) == LIGHT
        page.goto(f"{site}/about")
        assert page.evaluate(BACKGROUND) == LIGHT
        assert page.get_attribute(".theme-switch", "aria-pressed") == "false"
        plain = open_context(color_scheme="dark", java_script_enabled=False).new_page()
        plain.goto(site)
        assert not plain.is_visible(".theme-switch")
        page.click(".theme-switch")
        page.emulate_media(media="print")
        assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
        assert not page.is_visible(".masthead")


def test_a_page_is_used_by_keyboard_alone(
    blog: Flask, open_context: Callable[..., BrowserContext]
) -> None:
    page = open_context().new_page()
    with served(blog) as site:
        page.goto(f"{site}/auth/login")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"
        log_in(page, site)
        page.goto(f"{site}/desk/posts/new")
        page.focus("[name=title]")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.dataset.mark") == "strong"
        page.keyboard.press("ArrowLeft")
        assert page.evaluate("document.activeElement.dataset.mark") == "preview"
        page.keyboard.press("Enter")
        assert page.is_visible("#live-preview")
        outline = "getComputedStyle(document.activeElement).outlineStyle"
        assert page.evaluate(outline) == "solid"
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "text"
