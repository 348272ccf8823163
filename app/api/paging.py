"""How a page of a list is answered: its numbers in the body, its neighbours in `Link`."""

from typing import Any
from urllib.parse import urlencode

from flask import request

from app.services.paging import CursorPage, NumberedPage


def numbered(page: NumberedPage) -> tuple[dict[str, Any], dict[str, str]]:
    """Return body and headers of a page by its number."""
    body = {
        "items": page.items,
        "page": page.page,
        "per_page": page.per_page,
        "total": page.total,
        "pages": page.pages,
        "has_next": page.has_next,
        "has_prev": page.has_prev,
    }
    wanted = {"first": 1, "last": max(page.pages, 1)}
    if page.has_prev:
        wanted["prev"] = min(page.page - 1, wanted["last"])
    if page.has_next:
        wanted["next"] = page.page + 1
    return body, link_header({name: {"page": number} for name, number in wanted.items()})


def by_cursor(page: CursorPage) -> tuple[dict[str, Any], dict[str, str]]:
    """Return body and headers of a page by its place."""
    body = {
        "items": page.items,
        "per_page": page.per_page,
        "has_next": page.has_next,
        "next_cursor": page.next_cursor,
    }
    return body, link_header({"next": {"cursor": page.next_cursor}} if page.has_next else {})


def link_header(relations: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Return the `Link` header that leads to other pages of the same list."""
    links = []
    for name, change in relations.items():
        query = urlencode(request.args.to_dict() | change)
        links.append(f'<{request.path}?{query}>; rel="{name}"')
    return {"Link": ", ".join(links)} if links else {}
