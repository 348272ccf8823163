"""Whether an answer is the right one: a wrong page with status 200 is a failure."""

import json
import re
from collections.abc import Callable
from html import escape
from typing import Any

# Says what is wrong with a body; nothing where it is right.
Check = Callable[[str], str]

ASSET = re.compile(r'(?:src|href)="(/static/[^"]+)"')
CSRF = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def as_in_pages(text: str) -> str:
    """Return a text as our templates escape it."""
    return escape(text).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")


def is_page(body: str) -> str:
    """Check a whole page of ours that belongs to nobody."""
    if not body.rstrip().endswith("</html>"):
        return "the page is cut off"
    return "an anonymous page carries a form token" if 'name="csrf-token"' in body else ""


def is_article(post: dict[str, Any]) -> Check:
    """Check the page of a certain article."""

    def check(body: str) -> str:
        if f"<title>{as_in_pages(post['title'])} ·" not in body:
            return "another article's page"
        if f"/articles/{post['slug']}" not in body:
            return "the page of another address"
        return is_page(body)

    return check


def is_list(body: str) -> str:
    """Check a list of articles."""
    return is_page(body) if 'href="/articles/' in body else "a list without an article"


def found(query: str) -> Check:
    """Check the results of a search."""

    def check(body: str) -> str:
        return (
            is_page(body)
            if f'value="{as_in_pages(query)}"' in body
            else "the results of another search"
        )

    return check


def is_feed(body: str) -> str:
    """Check a feed."""
    if body.rstrip().endswith("</feed>"):
        return ""
    return "" if is_json(lambda data: bool(data["items"]))(body) == "" else "no feed"


def is_json(right: Callable[[Any], Any]) -> Check:
    """Check JSON by what it says."""

    def check(body: str) -> str:
        try:
            return "" if right(json.loads(body)) else "JSON that says something else"
        except (ValueError, KeyError, TypeError) as error:
            return f"not the JSON expected ({type(error).__name__})"

    return check


def anything(_: str) -> str:
    """Accept any body."""
    return ""


def assets_of(body: str) -> list[str]:
    """Return what a browser would fetch for a page, each once."""
    return list(dict.fromkeys(ASSET.findall(body)))
