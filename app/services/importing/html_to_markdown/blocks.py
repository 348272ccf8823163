"""Writes paragraphs, lists, quotes, code and tables as Markdown."""

from collections.abc import Iterable
from itertools import groupby

from app.services.importing.html_to_markdown.inline import NotMarkdown, inline
from app.services.importing.html_to_markdown.nodes import Element
from app.services.importing.html_to_markdown.tidy import SPACE

_RULES = {"left": ":--", "center": ":-:", "right": "--:", "": "---"}


def blocks(nodes: Iterable[Element | str]) -> str:
    """Return the Markdown of a document or of a container's inside; raises `NotMarkdown`."""
    parts: list[str] = []
    previous_list = ""
    for is_block, group in groupby(nodes, lambda n: isinstance(n, Element) and n.is_block):
        if not is_block:
            parts.append(inline(group))
            previous_list = previous_list if not parts[-1] else ""
            continue
        for element in (node for node in group if isinstance(node, Element)):
            # Two lists in a row would be read as one, were their bullets the same.
            other = element.tag in ("ul", "ol") and previous_list == element.tag
            parts.append(_block(element, other_bullet=other))
            previous_list = "" if other or element.tag not in ("ul", "ol") else element.tag
    return "\n\n".join(part for part in parts if part)


def _block(element: Element, *, other_bullet: bool) -> str:
    match element.tag:
        case "p" if not element.get("align"):
            return inline(element.children)
        case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
            return _heading(element)
        case "blockquote":
            return _indented(blocks(element.children), "> ", "> ")
        case "ul" | "ol":
            return _list(element, other_bullet)
        case "pre":
            return _code(element)
        case "hr":
            return "---"
        case "table":
            return _table(element)
        case _:
            raise NotMarkdown(f"a {element.tag!r} element")


def _heading(element: Element) -> str:
    text = inline(element.children, in_line=True)
    if text.endswith("#"):
        text = text[:-1] + "\\#"
    # Markdown's levels begin below the page's own heading.
    return f"{'#' * max(int(element.tag[1]) - 1, 1)} {text}" if text else ""


def _code(element: Element) -> str:
    code = next(element.elements(), None)
    inside = code if code is not None and code.tag == "code" else element
    if any(child.tag != "br" for child in inside.descendants()):
        raise NotMarkdown("markup inside preformatted text")
    text = inside.text.strip("\n")
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{inside.get('class').removeprefix('language-')}\n{text}\n{fence}"


def _list(element: Element, other_bullet: bool) -> str:
    items = [item for item in element.children if isinstance(item, Element) or item.strip(SPACE)]
    start = int(element.get("start") or 1)
    written = []
    for number, item in enumerate(items, start):
        if not isinstance(item, Element) or item.tag != "li" or item.get("value"):
            raise NotMarkdown("a list with more than plain items")
        bullet = f"{number}{')' if other_bullet else '.'}"
        mark = bullet if element.tag == "ol" else "*" if other_bullet else "-"
        written.append(_item(item, f"{mark} "))
    return ("\n" if all(map(_is_tight, items)) else "\n\n").join(written)


def _item(item: Element, mark: str) -> str:
    text = blocks(item.children)
    if _is_tight(item):
        text = text.replace("\n\n", "\n", 1)
    return _indented(text, mark, " " * len(mark)) if text else mark.rstrip()


def _is_tight(item: Element | str) -> bool:
    """Say whether an item holds one line of text, and at most one tight list below it."""
    inside = item.children if isinstance(item, Element) else []
    blocks_inside = [n for n in inside if isinstance(n, Element) and n.is_block]
    tags = [element.tag for element in blocks_inside]
    if tags not in ([], ["p"], ["ul"], ["ol"], ["p", "ul"], ["p", "ol"]):
        return False
    # A list that starts at another number than one has to stand apart from the text above it.
    return all(
        element.tag == "p"
        or (element.get("start") in ("", "1") and all(map(_is_tight, element.elements())))
        for element in blocks_inside
    )


def _indented(text: str, first: str, rest: str) -> str:
    lines = text.split("\n")
    return "\n".join((f"{rest if n else first}{line}").rstrip(" ") for n, line in enumerate(lines))


def _table(element: Element) -> str:
    rows = [list(row.elements()) for row in element.descendants() if row.tag == "tr"]
    if any(child.tag in ("caption", "table") for child in element.descendants()):
        raise NotMarkdown("a table with a caption or a table inside")
    if not rows or any(cell.tag != "th" for cell in rows[0]):
        raise NotMarkdown("a table without a row of headings")
    if any(len(row) != len(rows[0]) for row in rows) or any(_is_merged(row) for row in rows):
        raise NotMarkdown("a table with merged cells")
    if any(cell.tag == "th" for row in rows[1:] for cell in row):
        raise NotMarkdown("a table with headings at its side")
    aligned = [_RULES[cell.get("align")] for cell in rows[0]]
    lines = [[_cell(cell) for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in (lines[0], aligned, *lines[1:]))


def _is_merged(row: list[Element]) -> bool:
    return any(cell.get(name) not in ("", "1") for cell in row for name in ("colspan", "rowspan"))


def _cell(cell: Element) -> str:
    paragraphs = [child for child in cell.elements() if child.is_block]
    if paragraphs and (len(paragraphs) > 1 or paragraphs[0].tag != "p"):
        raise NotMarkdown("a cell with more than text")
    nodes = paragraphs[0].children if paragraphs else cell.children
    return inline(nodes, in_line=True).replace("|", "\\|")
