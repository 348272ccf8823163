"""The Markdown parser: CommonMark, tables, strikethrough, footnotes, task lists, bare links."""

import re
from collections.abc import Iterator, MutableMapping, Sequence
from copy import copy, deepcopy
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.footnote.index import footnote_ref

from app.text.errors import TextTooLong
from app.text.highlight import code_block

# 50 lists or 100 quotes in each other. The parser drops what is nested deeper, so we refuse it.
MAX_BLOCK_NESTING = 100
# Time for unclosed brackets grows with this one. Deeper emphasis and links remain as text.
MAX_INLINE_NESTING = 10
# A link's address may be written once and used a hundred thousand times.
MAX_LINK_CHARS = 1_000_000
MAX_HIGHLIGHTED_CHARS = 100_000

CONTAINERS = frozenset(("blockquote_open", "footnote_reference_open", "list_item_open"))
FOOTNOTE_REF = re.compile(r"\[\^[^\s\]]{1,100}\]")
# ASCII only: Chinese text goes on after an address without a space.
BARE_LINK = re.compile(
    r"(?<![A-Za-z0-9])https?://[A-Za-z0-9\[][A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]{0,2000}"
)
RAW_ANCHOR = re.compile(r"<(/?)a[\s>]", re.IGNORECASE)

Env = MutableMapping[str, Any]


def build_article_parser() -> MarkdownIt:
    """Return the parser of articles; raw HTML passes it and has to be sanitised."""
    md = MarkdownIt(
        "commonmark",
        {"maxNesting": MAX_BLOCK_NESTING, "tasklists": True, "xhtmlOut": False},
    )
    md.enable(["table", "strikethrough"]).use(footnote_plugin, inline=False)
    md.inline.ruler.at("footnote_ref", bounded_footnote_ref)
    md.core.ruler.push("alignment", align_cells)
    md.add_render_rule("fence", render_fence)
    return completed(md)


def build_comment_parser() -> MarkdownIt:
    """Return the parser of comments: no HTML, headings, rules or images; line breaks are kept."""
    md = MarkdownIt(
        "commonmark",
        {"maxNesting": MAX_BLOCK_NESTING, "html": False, "breaks": True, "xhtmlOut": False},
    )
    md.disable(["heading", "lheading", "hr", "html_block", "html_inline", "image"])
    return completed(md)


def completed(md: MarkdownIt) -> MarkdownIt:
    """Add what all parsers have and make one safe to share between threads."""
    inline = copy(md)
    inline.options = deepcopy(md.options)
    inline.options["maxNesting"] = MAX_INLINE_NESTING

    def parse_inline(state: StateCore) -> None:
        for token in state.tokens:
            if token.type == "inline":
                token.children = []
                inline.inline.parse(token.content, inline, state.env, token.children)

    md.core.ruler.at("inline", parse_inline)
    md.core.ruler.after("block", "nesting", refuse_deep_blocks)
    md.core.ruler.push("bare_links", link_bare_addresses)
    md.core.ruler.push("link_size", refuse_long_links)
    # The rules are compiled on first use, which must not happen in two threads at once.
    md.render("*ready*")
    return md


def refuse_deep_blocks(state: StateCore) -> None:
    """Raise TextTooLong where the parser left out what is nested too deep."""
    deepest = max((token.level for token in state.tokens if token.type in CONTAINERS), default=0)
    if deepest >= MAX_BLOCK_NESTING - 1:
        raise TextTooLong(
            f"Quotes and lists are nested more than {MAX_BLOCK_NESTING // 2} levels deep. "
            "Take some of the levels away."
        )


def bounded_footnote_ref(state: StateInline, silent: bool) -> bool:
    """Parse a reference to a footnote, looking no further ahead than a label is long."""
    return bool(FOOTNOTE_REF.match(state.src, state.pos)) and footnote_ref(state, silent)


def align_cells(state: StateCore) -> None:
    """Turn the alignment of table cells from a style, which is never allowed, to an attribute."""
    for token in state.tokens:
        if token.type in ("td_open", "th_open") and token.attrs:
            token.attrs = {"align": str(token.attrs["style"]).removeprefix("text-align:")}


def link_bare_addresses(state: StateCore) -> None:
    """Make links of the web addresses that stand in text."""
    for token in state.tokens:
        if token.children and "://" in token.content:
            token.children = list(with_links(token.children, state.md))


def with_links(tokens: Sequence[Token], md: MarkdownIt) -> Iterator[Token]:
    """Yield tokens with bare addresses as links, except inside of links."""
    depth = 0
    for token in tokens:
        if token.type in ("link_open", "link_close"):
            depth += token.nesting
        elif token.type == "html_inline" and (tag := RAW_ANCHOR.match(token.content)):
            depth += -1 if tag[1] else 1
        if depth <= 0 and token.type == "text" and "://" in token.content:
            yield from split_links(token.content, token.level, md)
        else:
            yield token


def split_links(text: str, level: int, md: MarkdownIt) -> Iterator[Token]:
    """Yield a text's parts: text, and the three tokens of a link for each address."""
    start = 0
    for match in BARE_LINK.finditer(text):
        url = match[0]
        for opening, closing in ("()", "[]"):
            if opening not in url:
                url = url.partition(closing)[0]
        url = url.rstrip(".,:;!?'*")
        end = match.start() + len(url)
        yield Token("text", "", 0, content=text[start : match.start()], level=level)
        yield Token("link_open", "a", 1, attrs={"href": md.normalizeLink(url)}, level=level)
        yield Token("text", "", 0, content=url, level=level + 1)
        yield Token("link_close", "a", -1, level=level)
        start = end
    yield Token("text", "", 0, content=text[start:], level=level)


def refuse_long_links(state: StateCore) -> None:
    """Raise TextTooLong when the addresses of links grow far beyond the text that has them."""
    size = sum(
        len(str(value))
        for token in state.tokens
        for child in token.children or ()
        for value in child.attrs.values()
    )
    if size > MAX_LINK_CHARS:
        raise TextTooLong(
            f"The addresses of the links have more than {MAX_LINK_CHARS:,} characters together. "
            "Use shorter addresses, or fewer links."
        )


def render_fence(_: object, tokens: Sequence[Token], index: int, __: OptionsDict, env: Env) -> str:
    """Render a fenced code block, coloured as long as the document's allowance lasts."""
    token = tokens[index]
    left: int = env.setdefault("highlight", MAX_HIGHLIGHTED_CHARS)
    env["highlight"] = max(left - len(token.content), 0)
    return code_block(token.content, token.info.strip(), budget=left)
