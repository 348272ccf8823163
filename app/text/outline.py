"""The headings of an article: levels below the page's own, anchors, table of contents."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape, unescape
from itertools import count
from urllib.parse import unquote

from app.text.html import visible_text
from app.text.sanitizer import ID_PREFIX

MAX_ANCHOR_CHARS = 80

HEADING_TAG = re.compile(r"<(/?)h([1-6])\b")
HEADING = re.compile(r'<h([1-6])(?: id="([^"]*)")?>(.*?)(?=</h[1-6]>)', re.DOTALL)
ID = re.compile(r'<[a-z0-9]+ (?:[^>]*? )?id="([^"]*)"')
IN_PAGE_LINK = re.compile(r'(<a (?:[^>]*? )?href="#)([^"]+)')


@dataclass(frozen=True)
class TocEntry:
    """One line of a table of contents; `level` is that of the heading, 2 to 6."""

    level: int
    anchor: str
    text: str


def outline(html: str, *, lower: int) -> tuple[str, tuple[TocEntry, ...]]:
    """Return sanitised HTML with headings lowered by `lower` levels and anchored, and its contents.

    Anchors follow GitHub's rule behind ID_PREFIX, Chinese included: links within a document that
    was written for GitHub, Hugo or Jekyll find their headings.
    """
    if lower:
        html = HEADING_TAG.sub(lambda tag: f"<{tag[1]}h{min(int(tag[2]) + lower, 6)}", html)
    entries: list[TocEntry] = []
    parts: list[str] = []
    anchors = Anchors(html)
    end = 0
    for heading in HEADING.finditer(html):
        level, given, content = heading.groups()
        text = " ".join(visible_text(content).split())
        anchor = anchors.choose(given, text)
        if text:
            entries.append(TocEntry(int(level), anchor, text))
        parts += [html[end : heading.start()], f'<h{level} id="{escape(anchor)}">', content]
        end = heading.end()
    html = "".join([*parts, html[end:]])
    return resolve_links(html, anchors.taken), tuple(entries)


class Anchors:
    """Hands out the ids of a document's headings, each once."""

    def __init__(self, html: str) -> None:
        self.taken = {unescape(given) for given in ID.findall(html)}
        self.used: set[str] = set()
        self.numbers: dict[str, Iterator[int]] = {}

    def choose(self, given: str | None, text: str) -> str:
        """Return the id that a heading has, or one made from its text when another has it."""
        anchor = base = unescape(given) if given else ID_PREFIX + (slug(text) or "section")
        numbers = self.numbers.setdefault(base, count(1))
        while anchor in (self.used if anchor == given else self.taken):
            anchor = f"{base}-{next(numbers)}"
        self.used.add(anchor)
        self.taken.add(anchor)
        return anchor


def slug(text: str) -> str:
    """Return a heading as GitHub writes its anchor: lower-case words and dashes, any script."""
    return re.sub(r"[^\w\- ]", "", text.lower())[:MAX_ANCHOR_CHARS].strip().replace(" ", "-")


def resolve_links(html: str, anchors: set[str]) -> str:
    """Point links within the document to the prefixed id where that is what exists."""

    def resolve(link: re.Match[str]) -> str:
        target = unquote(unescape(link[2]))
        if target not in anchors and ID_PREFIX + target in anchors:
            return f"{link[1]}{ID_PREFIX}{link[2]}"
        return link[0]

    return IN_PAGE_LINK.sub(resolve, html)
