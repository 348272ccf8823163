"""Rewrites the addresses of links and images in Markdown and HTML and leaves all else as it is.

Code is left alone: fenced and indented blocks (found by a CommonMark parser), spans in backticks.
"""

import re
from collections.abc import Callable, Iterator
from html import escape, unescape

from markdown_it import MarkdownIt

# Given an address and whether an image is shown from it, returns the new one, or None to keep it.
Rewrite = Callable[[str, bool], str | None]

_BLOCKS = MarkdownIt("commonmark").disable(["inline"])
_CODE_HINT = re.compile(r"^(?: {4}|\t|[ >*+\-\d.)]*(?:`{3}|~{3}|\t| {4}))", re.MULTILINE)
# Every repetition is bounded, so that no text makes the scan quadratic.
_DESTINATION = r"<[^<>\n]{0,4096}>|(?:\\.|[^\s()<>\\]|\((?:\\.|[^\s()\\]){0,999}\)){1,4096}"
_TITLE = r"\"(?:\\.|[^\"\\]){0,999}\"|'(?:\\.|[^'\\]){0,999}'|\((?:\\.|[^()\\]){0,999}\)"
_TAG = r"<[a-zA-Z](?:[^<>\"']|\"[^\"]{0,4096}\"|'[^']{0,4096}'){0,999}>"
_COMMENT = r"<!--(?:(?!<!--).){0,9999}?-->"
_INLINE = re.compile(
    rf"""
    (?P<skip> \\. | {_COMMENT} | <[a-zA-Z][a-zA-Z0-9+.-]{{1,31}}:[^\s<>]{{0,4096}}> )
  | (?P<code> (?P<ticks>`+) (?!`) (?:(?!\n[ \t]*\n).){{0,9999}}? (?<!`) (?P=ticks) (?!`) | `+ )
  | (?P<tag> {_TAG} )
  | (?P<definition> ^[ ]{{0,3}} \[ (?!\^) (?:\\.|[^\[\]\\]){{1,999}} \]: [ \t]* \n? [ \t]*
        (?P<defined> {_DESTINATION} ) )
  | (?P<open> !?\[ )
  | (?P<close> \]\( \s* (?P<target> {_DESTINATION} ) (?=(?: \s+ (?: {_TITLE} ) )? \s* \)) )
  | (?P<shut> \] )
  | (?P<gap> \n[ \t]*\n )
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_ATTRIBUTE = re.compile(
    r"(?P<name>(?<=[\s\"'])(?:src|href|poster))\s*=\s*"
    r"(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s\"'>]+))",
    re.IGNORECASE,
)
_HTML_TAG = re.compile(f"{_COMMENT}|{_TAG}", re.DOTALL)
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")  # As the parser counts lines.
_MARKDOWN_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_IMAGE_SUFFIX = re.compile(r"\.(?:png|jpe?g|gif|webp|bmp|svg|avif|tiff?|ico)$", re.IGNORECASE)


def rewrite_markdown(text: str, rewrite: Rewrite) -> str:
    """Return the Markdown with the addresses of its links, images and raw HTML rewritten."""
    return "".join(
        part if is_code else _rewrite_prose(part, rewrite) for part, is_code in _split_code(text)
    )


def rewrite_html(text: str, rewrite: Rewrite) -> str:
    """Return the HTML with the addresses in its src, href and poster attributes rewritten."""
    return _HTML_TAG.sub(lambda tag: _rewrite_tag(tag.group(), rewrite), text)


def map_prose(text: str, change: Callable[[str], str]) -> str:
    """Return the Markdown with everything changed that stands outside of code blocks."""
    return "".join(part if is_code else change(part) for part, is_code in _split_code(text))


def is_image_path(path: str) -> bool:
    """Say whether a path ends like that of an image."""
    return _IMAGE_SUFFIX.search(path) is not None


def _split_code(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the text in pieces, each with whether it is a code block."""
    if not _CODE_HINT.search(text):
        yield text, False
        return
    lines = _LINE.findall(text)
    start = 0
    for first, end in _code_ranges(text):
        yield "".join(lines[start:first]), False
        yield "".join(lines[first:end]), True
        start = end
    yield "".join(lines[start:]), False


def _code_ranges(text: str) -> Iterator[tuple[int, int]]:
    for token in _BLOCKS.parse(text):
        if token.type in ("fence", "code_block") and token.map:
            yield token.map[0], token.map[1]


def _rewrite_prose(text: str, rewrite: Rewrite) -> str:
    out: list[str] = []
    brackets: list[bool] = []  # For each open bracket, whether it began an image.
    end = 0
    for match in _INLINE.finditer(text):
        out.append(text[end : match.start()])
        end = match.end()
        whole = match.group()
        match match.lastgroup:
            case "tag":
                whole = _rewrite_tag(whole, rewrite)
            case "definition" | "defined":
                whole = _replace(match, "defined", rewrite, None)
            case "open":
                brackets.append(whole == "![")
            case "shut" if brackets:
                brackets.pop()
            case "close" | "target" if brackets:
                whole = _replace(match, "target", rewrite, brackets.pop())
            case "gap":
                brackets.clear()
        out.append(whole)
    return "".join(out) + text[end:]


def _replace(match: re.Match[str], group: str, rewrite: Rewrite, is_image: bool | None) -> str:
    """Return the whole match with the address in one of its groups rewritten."""
    written = match[group]
    bare = written[1:-1] if written.startswith("<") else written
    address = unescape(_MARKDOWN_ESCAPE.sub(r"\1", bare))
    shows = is_image_path(address.split("?")[0].split("#")[0]) if is_image is None else is_image
    new = rewrite(address, shows)
    if new is None:
        return match.group()
    start, end = match.start(group) - match.start(), match.end(group) - match.start()
    return match.group()[:start] + _as_destination(new) + match.group()[end:]


def _as_destination(address: str) -> str:
    plain = address.replace(" ", "%20").replace("<", "%3C").replace(">", "%3E")
    return f"<{plain}>" if re.search(r"[()\\]", plain) or not plain else plain


def _rewrite_tag(tag: str, rewrite: Rewrite) -> str:
    if tag.startswith("<!--"):
        return tag
    shows = tag[1:4].lower() == "img"
    return _ATTRIBUTE.sub(lambda found: _rewrite_attribute(found, rewrite, shows), tag)


def _rewrite_attribute(match: re.Match[str], rewrite: Rewrite, shows: bool) -> str:
    value = match["double"] or match["single"] or match["bare"] or ""
    new = rewrite(unescape(value).strip(), shows or match["name"].lower() == "poster")
    return match.group() if new is None else f'{match["name"]}="{escape(new)}"'
