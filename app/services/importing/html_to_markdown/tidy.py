"""Simplifies a tree before it is written as Markdown, where readers see no difference."""

from collections.abc import Callable

from app.services.importing.html_to_markdown.nodes import Element
from app.text.words import words

_TRANSPARENT = words("span small cite wbr")
_MERGED = words("strong b em i del s u ins a mark")
_EMPTY_IS_NOTHING = words("p h1 h2 h3 h4 h5 h6 ul ol blockquote")
_CONTAINERS = frozenset({"", "blockquote", "li", "td", "th", "dd", "div", "section"})
SPACE = " \t\n\r\f"
BLANK = SPACE + "\u00a0\u200b\ufeff"


def tidy(element: Element) -> Element:
    """Unwrap elements without a meaning, merge equal neighbours, drop what is empty; in place."""
    children: list[Element | str] = []
    for child in element.children:
        for part in _simplified(child, element.tag):
            _append(children, part)
    element.children = children
    if element.is_block:
        _trim(children, 0, str.lstrip)
        _trim(children, -1, str.rstrip)
    return element


def _trim(children: list[Element | str], end: int, strip: Callable[[str, str], str]) -> None:
    """Take white space and line breaks away from one end of a block, where nobody sees them."""
    while children:
        child = children[end]
        if isinstance(child, str):
            if stripped := strip(child, BLANK):
                children[end] = stripped
                return
        elif child.tag != "br":
            if not child.is_block and child.tag not in ("code", "img", "input"):
                _trim(child.children, end, strip)
            return
        del children[end]


def _simplified(child: Element | str, parent: str) -> list[Element | str]:
    if isinstance(child, str):
        return [child]
    if child.tag == "pre":
        return [child]
    tidy(child)
    if child.tag in _TRANSPARENT or (child.tag == "a" and not child.get("href")):
        return child.children
    if child.tag in ("div", "section") and not child.get("align"):
        return _unwrapped(child, parent)
    if child.tag == "figure":
        return _figure(child)
    if child.tag in _EMPTY_IS_NOTHING and not child.get("align") and _is_empty(child):
        return []
    return [child]


def _unwrapped(div: Element, parent: str) -> list[Element | str]:
    """Make a paragraph of a `div` of plain text; let any other one vanish."""
    if any(child.is_block for child in div.elements()):
        return div.children
    if parent not in _CONTAINERS:
        return [" ", *div.children, " "]
    return [] if _is_empty(div) else [Element("p", {}, div.children)]


def _figure(figure: Element) -> list[Element | str]:
    """Put the caption below as emphasised text."""
    out: list[Element | str] = []
    inline: list[Element | str] = []
    captions: list[Element | str] = []
    for child in figure.children:
        if isinstance(child, Element) and child.tag == "figcaption":
            if any(part.is_block for part in child.elements()):
                captions += child.children
            elif not _is_empty(child):
                captions.append(Element("p", {}, [Element("em", {}, child.children)]))
        elif isinstance(child, Element) and child.is_block:
            out.append(child)
        else:
            inline.append(child)
    shown = Element("p", {}, inline)
    return ([] if _is_empty(shown) else [shown]) + out + captions


def _append(children: list[Element | str], part: Element | str) -> None:
    """Add a node, into the one before where both are text or the same kind of markup."""
    last = children[-1] if children else None
    if isinstance(part, str) and isinstance(last, str):
        children[-1] = last + part
    elif (
        isinstance(part, Element)
        and isinstance(last, Element)
        and part.tag == last.tag
        and part.tag in _MERGED
        and part.attributes == last.attributes
    ):
        for child in part.children:
            _append(last.children, child)
    else:
        children.append(part)


def _is_empty(element: Element) -> bool:
    shows = any(child.tag in ("img", "hr", "input") for child in element.descendants())
    return not shows and not element.text.strip(BLANK)
