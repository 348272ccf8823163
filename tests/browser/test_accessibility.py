"""axe-core finds nothing on any page: both themes, both widths."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import axe_playwright_python
from flask import Flask
from playwright.sync_api import BrowserContext, Page

from app.access import PUBLIC, ROUTES
from tests.browser.conftest import log_in
from tests.chromium import served

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RUN = """async (options) => (await axe.run(document, options)).violations.map((found) =>
    found.id + ": " + found.nodes.map((node) => node.html.slice(0, 160) + " " +
        (node.any[0]?.message ?? "")).join(" | "))"""
EVERYTHING: dict[str, Any] = {"resultTypes": ["violations"]}
COLOURS = EVERYTHING | {"runOnly": ["color-contrast", "link-in-text-block"]}
# Every rule for each theme and each width; what a theme changes for every pair.
LOOKS = [
    (1280, "light", EVERYTHING),
    (1280, "dark", COLOURS),
    (390, "light", COLOURS),
    (390, "dark", EVERYTHING),
]
ROOMS = ("main", "auth", "posts", "admin", "api_pages")


def addresses(app: Flask, values: dict[str, Any], *, public: bool) -> list[str]:
    """Return the address of everything that can be opened; `values` fill in what varies.

    A new route with an argument of a new name fails here until it is given a value.
    """
    adapter = app.url_map.bind("localhost")
    found = set()
    for rule in app.url_map.iter_rules():
        is_page = rule.endpoint.partition(".")[0] in ROOMS and "GET" in (rule.methods or ())
        if is_page and (ROUTES[rule.endpoint] is PUBLIC) is public:
            given = {
                name: values.get(f"{rule.endpoint}:{name}") or values[name]
                for name in rule.arguments
            }
            found.add(adapter.build(rule.endpoint, given))
    return sorted(found)


def faults(page: Page, address: str, *, is_there: bool = False) -> list[str]:
    """Open a page in every look and return what axe finds; nothing for what is no page.

    With `is_there` an error page is a fault, too: what varies in the address was wrong.
    """
    page.emulate_media(color_scheme="light")
    answer = page.goto(address)
    assert answer
    assert answer.ok or not is_there, f"{address} answers {answer.status}"
    if "text/html" not in answer.headers["content-type"]:
        return []
    return [f"{address} {fault}" for fault in looked_at(page)]


def looked_at(page: Page) -> list[str]:
    """Return what axe finds on a page in every look."""
    page.evaluate(AXE)
    found = []
    for width, theme, rules in LOOKS:
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 900})
        overflow = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        found += [f"{width}: it is wider than the window"] * overflow
        found += [f"{width} {theme}: {fault}" for fault in page.evaluate(RUN, rules)]
    return found


def test_readers_pages_have_no_barrier(
    blog: Flask, furnished: dict[str, Any], open_context: Callable[..., BrowserContext]
) -> None:
    paths = addresses(blog, furnished, public=True)
    paths += ["/nowhere", "/search?q=sea", "/?page=2"]
    page = open_context(locale="zh-CN").new_page()
    with served(blog) as site:
        found = [fault for path in paths for fault in faults(page, site + path)]
    assert found == []
    assert len(paths) > 20


def test_pages_behind_the_login_have_no_barrier(
    blog: Flask,
    furnished: dict[str, Any],
    open_context: Callable[..., BrowserContext],
) -> None:
    paths = addresses(blog, furnished, public=False)
    paths += [f"/articles/{furnished['slug']}?reply=2", "/desk/posts/new?draft=1"]
    page = open_context().new_page()
    with served(blog) as site:
        log_in(page, site, "admin")
        found = [fault for path in paths for fault in faults(page, site + path, is_there=True)]
    assert found == []
    assert len(paths) > 25


def test_the_open_preview_and_a_refused_text_have_no_barrier(
    blog: Flask, furnished: dict[str, Any], open_context: Callable[..., BrowserContext]
) -> None:
    context = open_context()
    page = context.new_page()
    with served(blog) as site:
        log_in(page, site, "admin")
        page.goto(f"{site}/desk/posts/{furnished['post_id']}/edit")
        page.click("[data-mark=preview]")
        page.wait_for_selector("#live-preview .prose")
        assert looked_at(page) == []
        context.clear_cookies()
        page.click("[data-do=save]")
        page.wait_for_selector(".kept-texts textarea")
        assert looked_at(page) == []
