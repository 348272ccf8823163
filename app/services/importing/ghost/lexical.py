"""Reads lexical's editor state, in which Ghost 5 and 6 keep posts."""

from collections.abc import Iterator
from html import escape
from typing import Any

from app.services.importing.content import Block
from app.services.importing.ghost.cards import card_html
from app.services.importing.records import BadItem

MAX_DEPTH = 50

# The bits of a text's format, in the order in which the tags are nested.
_FORMATS = {
    1: "strong",
    2: "em",
    4: "s",
    8: "u",
    128: "mark",
    32: "sub",
    64: "sup",
    16: "code",
}
_TEXTS = ("text", "extended-text", "tk")
_LINKS = ("link", "autolink")
_NOTHING = ("at-link", "at-link-search", "zwnj")


def read_lexical(document: Any) -> list[Block]:
    """Return a document's blocks; raises `BadItem` or `UnknownCard`."""
    try:
        return [_block(node) for node in document["root"]["children"]]
    except (LookupError, TypeError, ValueError, AttributeError):
        raise BadItem("its lexical content is damaged") from None


def _block(node: Any) -> Block:
    if node["type"] == "markdown":
        return Block(node.get("markdown") or "", "markdown")
    return Block(_element(node, 1))


def _element(node: Any, depth: int) -> str:
    if depth > MAX_DEPTH:
        raise BadItem(f"its lexical content is nested deeper than {MAX_DEPTH} levels")
    match node["type"]:
        case "paragraph":
            return f"<p>{_children(node, depth)}</p>"
        case "heading" | "extended-heading":
            tag = node["tag"] if node.get("tag") in ("h1", "h2", "h3", "h4", "h5", "h6") else "h2"
            return f"<{tag}>{_children(node, depth)}</{tag}>"
        case "quote" | "extended-quote" | "aside":
            return f"<blockquote>{_children(node, depth)}</blockquote>"
        case "list":
            return _list(node, depth)
        case name if "children" in node and name not in ("gallery", "toggle"):
            return _children(node, depth)
        case name:
            return card_html(name, node)


def _children(node: Any, depth: int) -> str:
    return "".join(_inline(child, depth + 1) for child in node.get("children", []))


def _inline(node: Any, depth: int) -> str:
    kind = node["type"]
    if kind in _TEXTS:
        return _text(node)
    if kind == "linebreak":
        return "<br>"
    if kind == "tab":
        return "\t"
    if kind in _NOTHING:
        return ""
    if kind in _LINKS:
        return f'<a href="{escape(node.get("url") or "")}">{_children(node, depth)}</a>'
    return _element(node, depth)


def _text(node: Any) -> str:
    text, bits = escape(node["text"], quote=False), int(node.get("format") or 0)
    for bit, tag in reversed(_FORMATS.items()):
        if bits & bit:
            text = f"<{tag}>{text}</{tag}>"
    return text


def _list(node: Any, depth: int) -> str:
    tag = "ol" if node.get("listType") == "number" or node.get("tag") == "ol" else "ul"
    start = node.get("start")
    numbered = (
        f' start="{int(start)}"' if tag == "ol" and isinstance(start, int) and start != 1 else ""
    )
    return f"<{tag}{numbered}>{''.join(_items(node, depth))}</{tag}>"


def _items(node: Any, depth: int) -> Iterator[str]:
    """Yield the items; a nested list stands in an item of its own, after its parent's text."""
    pending: str | None = None
    for item in node.get("children", []):
        nested = [child for child in item.get("children", []) if child["type"] == "list"]
        if nested and len(nested) == len(item["children"]):
            pending = (pending or "") + "".join(_element(child, depth + 1) for child in nested)
            continue
        if pending is not None:
            yield f"<li>{pending}</li>"
        pending = _children(item, depth)
    if pending is not None:
        yield f"<li>{pending}</li>"
