"""Reads mobiledoc 0.3, in which Ghost up to version 5 keeps posts."""

from collections.abc import Iterator
from html import escape
from typing import Any

from app.services.importing.content import Block
from app.services.importing.ghost.cards import card_html
from app.services.importing.records import BadItem

_MARKUP_SECTION, _IMAGE_SECTION, _LIST_SECTION, _CARD_SECTION = 1, 2, 3, 10
_TAGS = {"pull-quote": "blockquote", "aside": "blockquote"}
_MARKDOWN_CARDS = ("markdown", "card-markdown")


def read_mobiledoc(document: Any) -> list[Block]:
    """Return a document's blocks; raises `BadItem` or `UnknownCard`."""
    try:
        return list(_blocks(document))
    except (LookupError, TypeError, ValueError, AttributeError):
        raise BadItem("its mobiledoc is damaged") from None


def _blocks(document: Any) -> Iterator[Block]:
    for kind, *rest in document["sections"]:
        if kind == _MARKUP_SECTION:
            tag = _TAGS.get(rest[0], rest[0])
            yield Block(f"<{tag}>{_inline(rest[1], document)}</{tag}>")
        elif kind == _IMAGE_SECTION:
            yield Block(f'<p><img src="{escape(rest[0])}" alt=""></p>')
        elif kind == _LIST_SECTION:
            items = "".join(f"<li>{_inline(markers, document)}</li>" for markers in rest[1])
            yield Block(f"<{rest[0]}>{items}</{rest[0]}>")
        elif kind == _CARD_SECTION:
            name, payload = document["cards"][rest[0]][:2]
            if name in _MARKDOWN_CARDS:
                yield Block(payload.get("markdown") or "", "markdown")
            else:
                yield Block(card_html(name, payload or {}))


def _inline(markers: list[Any], document: Any) -> str:
    """Return the HTML of a section's text: markups open before a piece and close after it."""
    out: list[str] = []
    open_tags: list[str] = []
    for kind, opened, closed, value in markers:
        for index in opened:
            tag, *attributes = document["markups"][index]
            pairs = attributes[0] if attributes else []
            written = "".join(
                f' {name}="{escape(text)}"'
                for name, text in zip(pairs[::2], pairs[1::2], strict=True)
            )
            out.append(f"<{tag}{written}>")
            open_tags.append(tag)
        out.append(escape(value, quote=False) if kind == 0 else _atom(document["atoms"][value]))
        out += [f"</{open_tags.pop()}>" for _ in range(closed)]
    return "".join(out) + "".join(f"</{tag}>" for tag in reversed(open_tags))


def _atom(atom: list[Any]) -> str:
    return "<br>" if atom[0] == "soft-return" else escape(atom[1] or "", quote=False)
