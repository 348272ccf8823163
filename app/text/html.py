"""Work on HTML: making it safe, cutting it, its text, its addresses."""

import re
from collections.abc import Iterator
from html import escape, unescape
from unicodedata import combining
from urllib.parse import urljoin

from app.text.sanitizer import sanitize
from app.text.words import words

__all__ = ["absolute_urls", "plain_text", "sanitize", "truncate_chars", "truncate_html"]

# The sanitiser writes tags in this form only, and < and > nowhere else.
TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?: [a-z-]+="[^"<>]*")*+)>')
BLOCK_TAG = re.compile(
    r"</?(?:blockquote|br|caption|dd|details|div|dl|dt|figcaption|figure|h[1-6]|hr|li|ol|p|pre|"
    r"section|summary|table|tbody|td|tfoot|th|thead|tr|ul)\b[^>]*>"
)
ANY_TAG = re.compile(r"<[^>]*>")
FOOTNOTE_MARK = re.compile(
    r'<sup class="footnote-ref"><a [^>]*>[^<]*</a></sup>|'
    r'<a [^>]*class="footnote-backref"[^>]*>[^<]*</a>'
)
SPACES = re.compile(r"[^\S\n]+")
LINES = re.compile(r" ?\n[\n ]*")
ADDRESS = re.compile(r'(<(?:a|img) (?:[^<>]*? )?(?:href|src)=")([^"<>]*)')

VOID = words("br hr img input wbr")
# White space between their children is no text, and an ellipsis there would be misplaced.
STRUCTURE = words(
    "blockquote dd details div dl figure li ol section table tbody td tfoot th thead tr ul"
)
ZERO_WIDTH_JOINER = "\u200d"
JOINERS = "\u200d\ufe0e\ufe0f"


def plain_text(html: str) -> str:
    """Return the text of any HTML, one line for each block, without footnote marks."""
    return visible_text(sanitize(html))


def visible_text(html: str) -> str:
    """Return the text of sanitised HTML, as `plain_text` does."""
    html = FOOTNOTE_MARK.sub("", html)
    text = unescape(ANY_TAG.sub("", BLOCK_TAG.sub("\n", html)))
    return LINES.sub("\n", SPACES.sub(" ", text)).strip()


def truncate_chars(text: str, length: int, suffix: str = "…") -> str:
    """Return text of at most `length` characters, the suffix included when something was cut."""
    if len(text) <= length:
        return text
    return text[: cut_at(text, length - len(suffix))].rstrip() + suffix[: max(length, 0)]


def truncate_html(html: str, length: int, suffix: str = "…") -> str:
    """Return sanitised HTML with at most `length` visible characters, every element closed.

    The suffix counts, and stands behind the last character that stays. White space between blocks
    does not count.
    """
    out: list[str] = []
    opened: list[str] = []
    seen = 0
    cut: str | None = None
    for text, tag in pieces(html):
        chars = unescape(text)
        if not is_layout(chars, opened):
            room = length - len(suffix) - seen
            if cut is None and len(chars) >= room:
                kept = escape(chars[: cut_at(chars, room)].rstrip(), quote=False)
                cut = "".join([*out, kept, suffix[: max(length, 0)], *end_tags(opened)])
            seen += len(chars)
            if seen > length and cut is not None:
                return cut
        out.append(escape(chars, quote=False))
        if tag:
            out.append(balanced(tag, opened))
    return "".join([*out, *end_tags(opened)])


def absolute_urls(html: str, base_url: str) -> str:
    """Return sanitised HTML with absolute addresses, for feeds; `base_url` is the article's."""

    def absolute(address: re.Match[str]) -> str:
        try:
            return address[1] + escape(urljoin(base_url, unescape(address[2])))
        except ValueError:  # No address at all, `http://[` for instance.
            return address[0]

    return ADDRESS.sub(absolute, html)


def cut_at(text: str, end: int) -> int:
    """Return where to cut text at or before `end` without splitting a composed character."""
    end = min(max(end, 0), len(text))
    while 0 < end < len(text) and (
        combining(text[end]) or text[end] in JOINERS or text[end - 1] == ZERO_WIDTH_JOINER
    ):
        end -= 1
    return end


def pieces(html: str) -> Iterator[tuple[str, re.Match[str] | None]]:
    """Yield each text with the tag behind it; what is no tag of ours is text."""
    end = 0
    for tag in TAG.finditer(html):
        yield html[end : tag.start()], tag
        end = tag.end()
    yield html[end:], None


def is_layout(chars: str, opened: list[str]) -> bool:
    """Say whether a text is nothing, or white space between blocks."""
    between = not opened or opened[-1] in STRUCTURE
    return not chars or (between and "\n" in chars and chars.isspace())


def balanced(tag: re.Match[str], opened: list[str]) -> str:
    """Return what to write for a tag so that elements nest; keeps `opened` up to date."""
    end, name, _ = tag.groups()
    if not end:
        if name not in VOID:
            opened.append(name)
        return tag[0]
    if name not in opened:
        return ""
    start = len(opened) - 1 - opened[::-1].index(name)
    closed = end_tags(opened[start:])
    del opened[start:]
    return "".join(closed)


def end_tags(opened: list[str]) -> list[str]:
    """Return the end tags of open elements, the innermost first."""
    return [f"</{name}>" for name in reversed(opened)]
