"""From what an author or a reader wrote to the HTML that pages show.

An article's page owns the <h1>, so headings in Markdown go down one level: `#` becomes <h2>, and
so on to <h6>. HTML that was imported keeps its levels unless it has an <h1>. Every id in content
starts with `h-`, so none can meet one of the page. All links of authors are `noopener`; those of
comments are `nofollow ugc noopener`. Inputs are bounded, and worst cases take seconds for
MAX_SOURCE_CHARS and grow with the length.
"""

import re
from dataclasses import dataclass
from math import ceil

from app.text.errors import TextTooLong
from app.text.html import visible_text
from app.text.outline import TocEntry, outline
from app.text.parser import build_article_parser, build_comment_parser
from app.text.sanitizer import sanitize, sanitize_comment, sanitize_once, well_formed

__all__ = [
    "MAX_SOURCE_CHARS",
    "Rendered",
    "TextTooLong",
    "TocEntry",
    "render_comment",
    "render_html",
    "render_markdown",
    "summarize",
]

MAX_SOURCE_CHARS = 500_000
MAX_HTML_CHARS = 5_000_000
CJK_CHARS_PER_MINUTE = 300
WORDS_PER_MINUTE = 220

CJK = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
SENTENCE_END = re.compile(r"[。！？…](?=.)|[.!?](?=\s)")
RAW_HTML = re.compile(r"<[a-zA-Z/!?]")

ARTICLE = build_article_parser()
COMMENT = build_comment_parser()


@dataclass(frozen=True)
class Rendered:
    """An article as it is stored: safe HTML, and what follows from it.

    `text` has one line for each block, code included, without footnote marks. It has so many CJK
    `characters` and so many `words` of other scripts.
    """

    html: str
    toc: tuple[TocEntry, ...]
    text: str
    characters: int
    words: int

    @property
    def word_count(self) -> int:
        """The length as readers of either script count it."""
        return self.characters + self.words

    @property
    def reading_minutes(self) -> int:
        """How long reading takes, at least a minute."""
        return max(1, ceil(self.characters / CJK_CHARS_PER_MINUTE + self.words / WORDS_PER_MINUTE))


def render_markdown(source: str) -> Rendered:
    """Render an article's Markdown.

    Raises TextTooLong for more than MAX_SOURCE_CHARS characters and for what grows beyond bounds.
    """
    source = accepted(source)
    html = bounded(ARTICLE.render(source))
    html = sanitize(html) if RAW_HTML.search(source) else sanitize_once(html)
    return rendered(html, lower=1)


def render_html(source: str) -> Rendered:
    """Sanitise an article that is kept as HTML; raises TextTooLong like `render_markdown`."""
    html = sanitize(accepted(source))
    return rendered(html, lower=1 if "<h1" in html else 0)


def render_comment(source: str) -> str:
    """Render a comment: paragraphs, line breaks, emphasis, code, lists, quotes and links.

    HTML, headings and images are shown as they were typed. Raises TextTooLong like
    `render_markdown`.
    """
    return sanitize_comment(bounded(COMMENT.render(accepted(source))))


def summarize(text: str, limit: int = 200) -> str:
    """Return the start of a plain text on one line, at most `limit` characters.

    The cut falls behind a sentence when that keeps half of what fits, else behind a word with an
    ellipsis; Chinese may be cut anywhere.
    """
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    start = line[:limit]
    ends = [match.end() for match in SENTENCE_END.finditer(line, 0, limit + 1)]
    if ends and limit >= ends[-1] >= limit / 2:
        return line[: ends[-1]]
    start = line[: limit - 1]
    if is_word_part(start[-1:]) and is_word_part(line[limit - 1]):
        start = re.sub(r"[^\s\u2e80-\uffff]+$", "", start) or start
    return start.rstrip(" ,;:，；：、") + "…"


def is_word_part(char: str) -> bool:
    """Say whether a line break before or after the character would split a word."""
    return char.isalnum() and not CJK.match(char)


def accepted(source: str) -> str:
    """Return a source that may be parsed, raise TextTooLong for one that is too long."""
    if len(source) > MAX_SOURCE_CHARS:
        raise TextTooLong(
            f"The text has {len(source):,} characters, more than the {MAX_SOURCE_CHARS:,} allowed. "
            "Split it into several articles."
        )
    return well_formed(source)


def bounded(html: str) -> str:
    """Return rendered HTML, raise TextTooLong when it grew beyond what a page can hold."""
    if len(html) > MAX_HTML_CHARS:
        raise TextTooLong(
            f"The text becomes more than {MAX_HTML_CHARS:,} characters of HTML. "
            "Split it into several articles, or use fewer footnotes and tables."
        )
    return html


def rendered(html: str, *, lower: int) -> Rendered:
    """Return sanitised HTML with its outline and its figures."""
    html, toc = outline(html, lower=lower)
    text = visible_text(html)
    words = WORD.findall(CJK.sub(" ", text))
    return Rendered(html, toc, text, len(CJK.findall(text)), len(words))
