"""Brings content from other systems into the two forms kept here: Markdown, or sanitised HTML."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import unescape
from itertools import groupby

from app.services.importing.html_to_markdown import NotMarkdown, html_to_markdown
from app.services.importing.html_to_markdown.blocks import blocks as blocks_to_markdown
from app.services.importing.html_to_markdown.embeds import keep_embeds
from app.services.importing.html_to_markdown.nodes import read_html
from app.services.importing.html_to_markdown.tidy import tidy
from app.services.importing.records import ContentFormat
from app.text.markdown import render_markdown
from app.text.sanitizer import sanitize, sanitize_comment

# The writer's way out where a sign would not work; what an author typed is escaped.
_SPARE_TAG = re.compile(r"(?<!\\)</?(?:strong|em)>")
_BLOCK_END = re.compile(r"</(?:p|div|li|h[1-6]|blockquote|tr|pre)>|<br\s*/?>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a document, in HTML or in Markdown."""

    text: str
    content_format: ContentFormat = "html"


@dataclass(slots=True)
class Converted:
    """Content in the form in which it is kept, and what of the original is not in it."""

    content: str
    content_format: ContentFormat
    warnings: list[str] = field(default_factory=list)


def convert_html(html: str) -> Converted:
    """Turn HTML into Markdown where that loses nothing, else into sanitised HTML."""
    html, warnings = keep_embeds(html)
    try:
        return Converted(html_to_markdown(html), "markdown", warnings)
    except NotMarkdown as reason:
        return Converted(sanitize(html), "html", [*warnings, f"it stays HTML: {reason}"])


def convert_blocks(blocks: Iterable[Block]) -> Converted:
    """Join parts in HTML and Markdown: to Markdown where all can be, else all to sanitised HTML."""
    parts: list[Converted] = []
    for content_format, group in groupby(blocks, lambda block: block.content_format):
        texts = [block.text for block in group]
        if content_format == "html":
            parts.append(convert_html("\n".join(texts)))
        else:
            parts.append(Converted("\n\n".join(texts), "markdown"))
    warnings = [warning for part in parts for warning in part.warnings]
    if all(part.content_format == "markdown" for part in parts):
        text = "\n\n".join(part.content.strip("\n") for part in parts if part.content.strip())
        return Converted(text, "markdown", warnings)
    html = "\n".join(
        part.content if part.content_format == "html" else render_markdown(part.content).html
        for part in parts
    )
    return Converted(html, "html", warnings)


def comment_text(html: str) -> str:
    """Return a comment's HTML in the Markdown of comments, which knows no HTML."""
    root = read_html(sanitize_comment(html))
    return _SPARE_TAG.sub("", blocks_to_markdown(tidy(root).children)).strip()


def html_to_text(html: str) -> str:
    """Return the text of a short piece of HTML, such as a title, its entities resolved."""
    if "<" not in html:
        return unescape(html).strip()
    return read_html(sanitize(_BLOCK_END.sub(r"\g<0> ", html))).text.strip()
