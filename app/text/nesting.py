"""A bound on how deep HTML may nest, checked before anything parses it.

A parser's work grows with depth times length, and it opens every <b> left open anew in each
paragraph: half a megabyte of <div> takes it 20 seconds. Reading the tags takes milliseconds. The
count hardly ever falls below the true depth; untidy HTML is counted somewhat too deep.
"""

import re

from app.text.errors import TextTooLong
from app.text.words import words

MAX_NESTING = 200
MAX_NESTING_WORK = 2_000_000  # The sum of the depths of all tags.

START = re.compile("<(?=[a-z!?/])", re.IGNORECASE)
# A tag as browsers read it, a tag within an attribute's value is none; or what they take for a
# comment.
TOKEN = re.compile(
    r"""<(?:(/?)([a-z][^\s/>]*+)
        (?>[\s/]++
          |(?:=[^\s/>=]*+|[^\s/>=]++)
           (?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|(?![>"'])[^\s>]++)?+)?+
        )*+>
       |[!?/][^>]*+>)""",
    re.IGNORECASE | re.VERBOSE,
)
# What they contain is text, up to their end tag.
RAW_TEXT = words("iframe noembed noframes noscript plaintext script style textarea title xmp")
# Inside these other rules hold, so nothing is taken for closed.
FOREIGN = words("math select svg")
# These don't nest: the next one closes them, or they have no end.
UNNESTED = words(
    """a area base br col embed hr img input link meta source track wbr
    p tbody tfoot thead tr"""
)
CLOSED_BY_NEXT = {
    "li": ("li",),
    "option": ("option",),
    **{name: ("dd", "dt") for name in ("dd", "dt")},
    **{name: ("td", "th") for name in ("td", "th")},
}
# The parser opens these again when an end tag of another element closed them.
FORMATTING = words("b big code em font i nobr s small strike strong tt u")
CELLS = words("caption td th")
# An end tag inside one of these closes nothing that was opened outside.
BARRIERS = CELLS | words("applet button marquee object table template")
# Their end tags close whatever else is open inside them.
CLOSING_ALL = words(
    """address applet article aside blockquote button center details div dl fieldset figcaption
    figure footer header main marquee menu nav object ol pre section summary table template ul"""
)


def check_nesting(html: str) -> None:
    """Raise TextTooLong for HTML whose elements nest, or were left open, too deep.

    The HTML must have no comments.
    """
    opened: list[str] = []
    position = work = 0
    while start := START.search(html, position):
        token = TOKEN.match(html, start.start())
        if token is None:
            break  # Never closed: the rest is part of it. Looking on would be quadratic work.
        position = token.end()
        name = (token[2] or "").lower()
        foreign = not FOREIGN.isdisjoint(opened)
        if not foreign and token[1]:
            close(opened, name)
        elif name and not token[1] and (foreign or name not in UNNESTED):
            open_(opened, name)
            if not foreign and name in RAW_TEXT:
                position = skip(html, position, name)
        work += len(opened)
        if len(opened) > MAX_NESTING or work > MAX_NESTING_WORK:
            raise TextTooLong(
                f"The HTML is nested more than {MAX_NESTING} levels deep. "
                "Close the elements that were left open, or take the outer ones away."
            )


def open_(opened: list[str], name: str) -> None:
    """Add an element and take away what it closes."""
    for sibling in CLOSED_BY_NEXT.get(name, ()):
        close(opened, sibling)
    opened.append(name)


def close(opened: list[str], name: str) -> None:
    """Take away what an end tag closes for certain."""
    for index in range(len(opened) - 1, -1, -1):
        tag = opened[index]
        if tag == name:
            opened[index:] = [inner for inner in opened[index + 1 :] if inner in FORMATTING]
            return
        if tag in BARRIERS and not (name == "table" and tag in CELLS):
            return
        if name not in CLOSING_ALL and tag not in FORMATTING:
            return


def skip(html: str, position: int, name: str) -> int:
    """Return where the end tag of an element with raw text starts, or the end of the HTML."""
    end = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(html, position)
    return end.start() if end else len(html)
