"""Converts the Liquid tags that Jekyll's documents use to Markdown."""

import re
from collections.abc import Callable
from functools import partial

from app.services.importing.markdown_tree.dialect import Dialect, fence, image

_TOKEN = re.compile(
    r"""
    \{%-?\s*raw\s*-?%\}(?P<raw>.*?)\{%-?\s*endraw\s*-?%\}
  | \{%-?\s*comment\s*-?%\}(?P<comment>.*?)\{%-?\s*endcomment\s*-?%\}
  | \{%-?\s*highlight\s+(?P<language>[\w+#.-]+)[^%]*-?%\}(?P<code>.*?)\{%-?\s*endhighlight\s*-?%\}
  | \{%-?\s*(?P<tag>\w+)(?P<arguments>(?:[^%]|%(?!\}))*?)-?%\}
  | \{\{-?(?P<output>(?:[^}]|\}(?!\}))*?)-?\}\}
    """,
    re.VERBOSE | re.DOTALL,
)
_INCLUDE_ARGUMENT = re.compile(r"(\w+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|(\S+))")
_ATTRIBUTE_LIST = re.compile(
    r"^[ ]{0,3}\{:[^}\n]*\}[ \t]*(?:\n|\Z)|(?<=[^\s{])\{:[^}\n]*\}(?!`)", re.MULTILINE
)
_TABLE_OF_CONTENTS = re.compile(
    r"^[ ]{0,3}(?:[*+-]|1\.)[ ]+\S[^\n]*\n\{:toc[^}\n]*\}\n?", re.MULTILINE
)
_LITERAL = re.compile(r"\"([^\"]*)\"|'([^']*)'")
_ADDRESS_FILTERS = {"relative_url", "absolute_url", "prepend: site.baseurl", "prepend: site.url"}
_FIGURES = {"figure.html", "figure", "image.html", "image", "img.html", "img", "figure.liquid"}


def convert_liquid(text: str, dialect: Dialect) -> str:
    """Return the text with all known tags and outputs converted; others stay, with a warning."""
    return _TOKEN.sub(partial(_convert, dialect=dialect), text)


def drop_attribute_lists(text: str) -> str:
    """Return the text without kramdown's `{: .class #id}` and its table of contents."""
    return _ATTRIBUTE_LIST.sub("", _TABLE_OF_CONTENTS.sub("", text))


def _convert(token: re.Match[str], dialect: Dialect) -> str:
    if token["raw"] is not None:
        return token["raw"]
    if token["comment"] is not None:
        return ""
    if token["code"] is not None:
        return fence(token["code"], token["language"])
    if token["output"] is not None:
        return _output(token, dialect)
    converter = _TAGS.get(token["tag"])
    converted = converter(token["arguments"].strip(), dialect) if converter else None
    if converted is None:
        dialect.keep(f"the tag {token['tag']!r}")
    return token.group() if converted is None else converted


def _output(token: re.Match[str], dialect: Dialect) -> str:
    """Convert `{{ … }}`: the site's own address vanishes, text and the page's fields stand."""
    expression, *filters = [part.strip() for part in token["output"].split("|")]
    if all(name in _ADDRESS_FILTERS for name in filters):
        if expression in ("site.baseurl", "site.url"):
            return ""
        if literal := _LITERAL.fullmatch(expression):
            return literal[1] or literal[2] or ""
        owner, _, name = expression.partition(".")
        fields = {"page": dialect.fields, "site": dialect.site}.get(owner)
        if fields is not None and (value := fields.text(name.lower())) is not None:
            return value
    dialect.keep(f"the output {token.group()[:60]!r}")
    return token.group()


def _include(arguments: str, _: Dialect) -> str | None:
    name, *others = arguments.split(" ", 1)
    if name.rsplit("/", 1)[-1] not in _FIGURES:
        return None
    given = {
        key.lower(): a or b or c for key, a, b, c in _INCLUDE_ARGUMENT.findall("".join(others))
    }
    source = next(
        (given[k] for k in ("src", "url", "image_path", "path", "file") if k in given), None
    )
    if source is None:
        return None
    return image(
        source, given.get("alt", ""), given.get("title", ""), caption=given.get("caption", "")
    )


def _reference(arguments: str, dialect: Dialect) -> str:
    return dialect.ref(arguments.strip("\"' "))


def _address(pattern: str) -> Callable[[str, Dialect], str]:
    return lambda arguments, _: f"<{pattern.format(arguments.split(' ')[0])}>"


_TAGS: dict[str, Callable[[str, Dialect], str | None]] = {
    "post_url": _reference,
    "link": _reference,
    "include": _include,
    "include_cached": _include,
    "gist": _address("https://gist.github.com/{}"),
    "youtube": _address("https://www.youtube.com/watch?v={}"),
    "vimeo": _address("https://vimeo.com/{}"),
}
