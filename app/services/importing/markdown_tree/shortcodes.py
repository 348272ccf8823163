"""Converts Hugo's own shortcodes, and those that most themes share, to Markdown."""

import re
from collections.abc import Callable
from functools import partial
from typing import Literal

from app.services.importing.markdown_tree.dialect import Dialect, fence, image, quote
from app.services.importing.shortcode_calls import Call, Token, expand

_TOKEN = re.compile(
    r"\{\{(?P<open>[<%])\s*(?:(?P<escaped>/\*.*?\*/)|(?P<slash>/?)\s*(?P<name>[A-Za-z][\w.-]*(?:/[\w.-]+)*)"
    r"(?P<arguments>(?:\"(?:\\.|[^\"\\])*\"|`[^`]*`|[^\"`>%]|[>%](?!\}\}))*?)(?P<single>/?))\s*[>%]\}\}",
    re.DOTALL,
)
_LABELS = ("note", "tip", "info", "warning", "caution", "important", "danger", "success")


Converter = Callable[[Call, Dialect], str]


def convert_shortcodes(text: str, dialect: Dialect) -> str:
    """Return the text with all known shortcodes converted; others stay, with a warning each."""
    return expand(text, map(_token, _TOKEN.finditer(text)), partial(_convert, dialect=dialect))


def _token(match: re.Match[str]) -> Token:
    start, end = match.span()
    if match["escaped"]:
        # `{{</* name */>}}` is how documentation shows a shortcode that is not to run.
        shown = match.group().replace("/*", "", 1)
        return Token(start, end, "literal", "", "".join(shown.rsplit("*/", 1)))
    kind: Literal["open", "close", "single"] = (
        "close" if match["slash"] else "single" if match["single"] else "open"
    )
    return Token(start, end, kind, match["name"], match.group(), match["arguments"])


def _convert(call: Call, dialect: Dialect) -> str:
    name = call.name.lower()
    if name in ENCLOSING and call.closing:
        return ENCLOSING[name](call, dialect)
    if name in STANDING:
        return STANDING[name](call, dialect)
    dialect.keep(f"the shortcode {call.name!r}")
    return call.whole


def _figure(call: Call, _: Dialect) -> str:
    alt = call.get("alt") or call.get("caption") or call.get("title")
    caption = " ".join(filter(None, (call.get("title"), call.get("caption"), call.get("attr"))))
    return image(call.get("src", 0), alt, link=call.get("link"), caption=caption)


def _highlight(call: Call, _: Dialect) -> str:
    return fence(call.inner, call.get("lang", 0) or call.get("type"))


def _ref(call: Call, dialect: Dialect) -> str:
    return dialect.ref(call.get("path", 0))


def _param(call: Call, dialect: Dialect) -> str:
    name = call.get("name", 0)
    value = dialect.fields.text(name.lower())
    if value is None:
        dialect.keep(f"the parameter {name!r}")
    return call.written if value is None else value


def _address(pattern: str, *names: str) -> Converter:
    """Make a converter to a plain link, from arguments in the order of their places."""

    def convert(call: Call, _: Dialect) -> str:
        values = [call.get(name, place) for place, name in enumerate(names)]
        return f"<{pattern.format(*values)}>"

    return convert


def _aside(call: Call, _: Dialect) -> str:
    kind = call.name if call.name.lower() in _LABELS else call.get("type", 0) or call.get("style")
    label = call.get("title", 1) or (kind.capitalize() if kind.isalpha() else "Note")
    return "\n" + quote(call.inner, label) + "\n"


def _details(call: Call, _: Dialect) -> str:
    return (
        f"**{call.get('summary', 0) or call.get('title') or 'Details'}**\n\n{call.inner.strip()}\n"
    )


STANDING: dict[str, Converter] = {
    "figure": _figure,
    "img": _figure,
    "ref": _ref,
    "relref": _ref,
    "param": _param,
    "youtube": _address("https://www.youtube.com/watch?v={}", "id"),
    "vimeo": _address("https://vimeo.com/{}", "id"),
    "bilibili": _address("https://www.bilibili.com/video/{}", "id"),
    "x": _address("https://x.com/{}/status/{}", "user", "id"),
    "tweet": _address("https://x.com/{}/status/{}", "user", "id"),
    "twitter": _address("https://x.com/{}/status/{}", "user", "id"),
    "instagram": _address("https://www.instagram.com/p/{}/", "id"),
    "gist": _address("https://gist.github.com/{}/{}", "user", "id"),
}
ENCLOSING: dict[str, Converter] = {
    "highlight": _highlight,
    "code": _highlight,
    "details": _details,
    "expand": _details,
    **dict.fromkeys(("notice", "hint", "admonition", "callout", "alert", *_LABELS), _aside),
}
