"""Writes what runs along in a paragraph as Markdown, escaping only what would be read as markup."""

import re
from collections.abc import Iterable
from html import escape

from app.services.importing.html_to_markdown.emphasis import Sign, join
from app.services.importing.html_to_markdown.nodes import Element
from app.services.importing.html_to_markdown.tidy import SPACE
from app.text.words import words


class NotMarkdown(Exception):
    """Markdown has no way to say this; the text names what it is."""


# Each has no sign in Markdown, but may stand in it as HTML.
_AS_HTML = words("abbr dfn ins kbd mark q rp rt ruby samp sub sup u var")
_SIGNS = {"strong": "**", "b": "**", "em": "*", "i": "*", "del": "~~", "s": "~~"}
_NAMES = {"b": "strong", "i": "em", "s": "del"}

_SPACES = re.compile(f"[{SPACE}]+")
_SPECIAL = re.compile(
    r"""
    \\(?=[!-/:-@\[-`{-~]|$)      # a backslash that would escape
  | [*`]
  | (?<![^\W_])_ | _(?![^\W_])   # within a word an underscore is plain
  | ~(?=~) | (?<=~)~ | ==(?==)?
  | <(?=[a-zA-Z/!?]) | &(?=\#|[a-zA-Z]\w*;)
  | \[(?!(?:\d{1,4}|[^\W\d]{1,20})\](?![\[(:])(?!$)) | \](?=[\[(:])
    """,
    re.VERBOSE,
)
_LINE_START = re.compile(
    r"^(?:(?P<mark>[-+>#:])(?=\s|$|[#>-])|(?P<number>\d{1,9})(?=[.)](?:\s|$))|(?P<rule>={1,}|~{3})(?=\s*$|\w))"
)
_BRACKETS = re.compile(r"(?<!\\)[\[\]]")
_BACKTICKS = re.compile("`+")


def inline(nodes: Iterable[Element | str], *, in_line: bool = False) -> str:
    """Return the Markdown of text, links, images and emphasis.

    `in_line` is for where a line must not end, headings and cells: raises `NotMarkdown` there.
    """
    pieces: list[Sign | str] = []
    for node in nodes:
        _add(node, pieces, in_line)
    text = join(pieces).strip(SPACE)
    return "\n".join(escape_line_start(line.strip(" ")) for line in text.split("\n"))


def escape_line_start(line: str) -> str:
    """Escape what would make a heading, a list, a quote or a rule of a line."""
    match = _LINE_START.match(line)
    if not match:
        return line
    number = match["number"]
    return f"{number}\\{line[len(number) :]}" if number else f"\\{line}"


def escape_text(text: str) -> str:
    """Escape the characters that would be read as markup anywhere in a line."""
    return _SPECIAL.sub(lambda match: "".join(f"\\{c}" for c in match.group()), text)


def destination(address: str) -> str:
    """Return an address as it stands in the parentheses of a link."""
    plain = address.replace("\n", "%0A").replace(" ", "%20").replace("<", "%3C").replace(">", "%3E")
    return f"<{plain}>" if re.search(r"[()\\*_`]", plain) or not plain else plain


def _add(node: Element | str, pieces: list[Sign | str], in_line: bool) -> None:
    if isinstance(node, str):
        pieces.append(escape_text(_SPACES.sub(" ", node)))
    elif node.tag in _SIGNS:
        _add_emphasis(node, pieces, in_line)
    elif node.tag == "a":
        _add_link(node, pieces, in_line)
    elif node.tag == "img":
        pieces.append(_image(node))
    elif node.tag == "br":
        if in_line:
            raise NotMarkdown("a line break in a heading or a cell")
        pieces.append("\\\n")
    elif node.tag == "code":
        pieces.append(code_span(node.text))
    elif node.tag in _AS_HTML:
        title = f' title="{escape(node.get("title"))}"' if node.get("title") else ""
        pieces.append(f"<{node.tag}{title}>")
        for child in node.children:
            _add(child, pieces, in_line)
        pieces.append(f"</{node.tag}>")
    else:
        raise NotMarkdown(f"a {node.tag!r} element")


def _add_emphasis(node: Element, pieces: list[Sign | str], in_line: bool) -> None:
    """Add signs around the text, with the white space at its ends outside of them."""
    inner: list[Sign | str] = []
    for child in node.children:
        _add(child, inner, in_line)
    before = after = ""
    while inner and isinstance(inner[0], str) and inner[0][:1] in (" ", ""):
        before = " " if inner[0] else before
        inner[0] = inner[0].lstrip(" ")
        inner[:1] = inner[:1] if inner[0] else []
    while inner and isinstance(inner[-1], str) and inner[-1][-1:] in (" ", ""):
        after = " " if inner[-1] else after
        inner[-1] = inner[-1].rstrip(" ")
        inner[-1:] = inner[-1:] if inner[-1] else []
    if inner:
        sign, tag = _SIGNS[node.tag], _NAMES.get(node.tag, node.tag)
        inner = [Sign(sign, tag, opens=True), *inner, Sign(sign, tag, opens=False)]
    pieces += [before, *inner, after]


def _add_link(node: Element, pieces: list[Sign | str], in_line: bool) -> None:
    address, title = node.get("href"), node.get("title")
    bare = node.text
    if bare == address and not title and re.fullmatch(r"https?://[^\s<>\\\"]+", address):
        pieces.append(f"<{address}>")
        return
    inner: list[Sign | str] = []
    for child in node.children:
        _add(child, inner, in_line)
    text = join(inner)
    if not text.strip(" "):
        pieces.append(text)
        return
    before, after = text[: len(text) - len(text.lstrip(" "))], text[len(text.rstrip(" ")) :]
    pieces.append(f"{before}[{text.strip(' ')}]({destination(address)}{_title(title)}){after}")


def _image(node: Element) -> str:
    alt = _BRACKETS.sub(r"\\\g<0>", escape_text(_SPACES.sub(" ", node.get("alt"))))
    return f"![{alt}]({destination(node.get('src'))}{_title(node.get('title'))})"


def _title(title: str) -> str:
    text = _SPACES.sub(" ", title).replace("\\", "\\\\").replace('"', '\\"')
    return f' "{text}"' if text else ""


def code_span(text: str) -> str:
    """Return a code span that nothing in the text can end."""
    text = _SPACES.sub(" ", text)
    if not text.strip():
        return text
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
    ticks = "`" * (longest + 1)
    padding = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{ticks}{padding}{text}{padding}{ticks}"
