"""Says what readers get from a piece of HTML, so that two pieces can be compared.

Paragraphs, headings, lists, quotes, tables, code with its language, images, line breaks, and each
word with its emphasis and link. Left aside: sizes of images, classes, ids, whether the items of a
list stand apart, and the order in which emphasis is nested.
"""

import re
from typing import Any
from urllib.parse import quote, unquote

from app.services.importing.html_to_markdown.nodes import Element
from app.services.importing.html_to_markdown.tidy import SPACE

Token = tuple[Any, ...]

URL_CHARACTERS = "/?#&=:@+$,;!*'()[]~%-._"

_SAME = {"b": "strong", "i": "em", "s": "del"}
_IGNORED = frozenset({"", "span", "tbody", "thead", "tfoot", "section", "div"})
_WORDS = re.compile(f"([{SPACE}]+)")
_BREAK: Token = ("paragraph",)
_SPACE: Token = ("space",)
_LINE_BREAK: Token = ("br",)
_GAPS = (_SPACE, _LINE_BREAK, _BREAK)
_VISIBLE = ("text", "img")


def fingerprint(root: Element) -> list[Token]:
    """Return what readers get from a tidied tree, as a flat list."""
    tokens: list[Token] = []
    anchors = {element.get("id") for element in root.descendants()} - {""}
    _walk(root, (), tokens, anchors)
    return _settled(tokens)


def _walk(element: Element, marks: tuple[Token, ...], out: list[Token], anchors: set[str]) -> None:
    for child in element.children:
        if isinstance(child, str):
            out += [
                _SPACE if part[0] in SPACE else ("text", marks, part)
                for part in _WORDS.split(child)
                if part
            ]
        elif child.is_block:
            _block(child, marks, out, anchors)
        else:
            _inline(child, marks, out, anchors)


def _block(element: Element, marks: tuple[Token, ...], out: list[Token], anchors: set[str]) -> None:
    tag = element.tag
    if tag == "pre":
        code = next((child for child in element.descendants() if child.tag == "code"), element)
        out.append(("pre", code.get("class"), element.text.strip("\n")))
    elif tag == "p" or tag in _IGNORED:
        out.append(_BREAK)
        _walk(element, marks, out, anchors)
        out.append(_BREAK)
    else:
        names = ("start", "value", "colspan", "rowspan", "align", "open")
        details = {name: value for name in names if (value := element.get(name)) not in ("", "1")}
        out.append(("open", tag, tuple(details.items())))
        _walk(element, marks, out, anchors)
        out.append(("close", tag))


def _inline(
    element: Element, marks: tuple[Token, ...], out: list[Token], anchors: set[str]
) -> None:
    tag = _SAME.get(element.tag, element.tag)
    if tag == "br":
        out.append(_LINE_BREAK)
    elif tag == "img":
        source, alt, title = (element.get(name) for name in ("src", "alt", "title"))
        out.append(("img", marks, _address(source), " ".join(alt.split()), " ".join(title.split())))
    elif tag == "a" and element.text.strip() == element.get("href"):
        _walk(element, marks, out, anchors)  # Bare addresses become links in any case.
    else:
        mark: Token = (tag, _address(element.get("href")), " ".join(element.get("title").split()))
        if tag == "a" and element.get("href").startswith("#"):
            mark += (element.get("href")[1:] in anchors,)
        inner = tuple(sorted({*marks, mark}, key=repr))
        _walk(element, inner, out, anchors)


def _address(written: str) -> str:
    """Return an address as browsers send it, whether its special characters are escaped or not."""
    return quote(unquote(written), safe=URL_CHARACTERS)


def _settled(tokens: list[Token]) -> list[Token]:
    """Leave of each gap between two visible things what separates them most, and join words."""
    out: list[Token] = []
    gap: list[Token] = []
    for token in tokens:
        if token in _GAPS:
            gap.append(token)
            continue
        if token[0] in _VISIBLE and out and out[-1][0] in _VISIBLE:
            breaks = [_BREAK] if _BREAK in gap else [part for part in gap if part == _LINE_BREAK]
            out += breaks or gap[:1]
        gap = []
        if token[0] == "text" and out and out[-1][:2] == token[:2]:
            token = (*token[:2], out.pop()[2] + token[2])
        out.append(token)
    return out
