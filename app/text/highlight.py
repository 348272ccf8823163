"""Code as HTML with the classes of Pygments, whose colours are in static/css/highlight.css."""

import re
import time
from functools import cache
from html import escape
from threading import Lock

from pygments.lexer import Lexer
from pygments.lexers import find_lexer_class_by_name, get_all_lexers
from pygments.token import STANDARD_TYPES, _TokenType

from app.text.words import words

# A longer block is shown plain; it would take the author's browser and the reader's patience too.
MAX_CODE_CHARS = 20_000
# Some lexers need quadratic time for text that is no code of theirs.
MAX_SECONDS = 1.0
# A lexer stays in memory once it was used; all 500 would be 37 MB.
LANGUAGES = words(
    """apacheconf awk bash bat c clojure cmake cpp csharp css dart diff django docker elixir
    erlang fsharp go graphql groovy handlebars haskell hcl html http ini java javascript jinja js
    json jsx julia kotlin less lighttpd lisp lua make markdown matlab nasm nginx nim nix
    objective-c ocaml pascal perl php postgresql powershell promql properties protobuf puppet
    python pycon pytb r rego restructuredtext ruby rust scala scheme scss sed console solidity
    sql swift tcl terraform tex toml ts tsx vb.net vim vue wast xml yaml zig"""
)
ALIASES = {
    "conf": "ini",
    "gradle": "groovy",
    "jsonc": "javascript",
    "json5": "javascript",
    "jinja2": "jinja",
    "kt": "kotlin",
    "patch": "diff",
    "svg": "xml",
    "viml": "vim",
    "yml": "yaml",
}
LANGUAGE = re.compile(r"[{.]*([\w+#.-]{1,40})")

# Names, punctuation and white space have the colour of the text; two of three tokens are such.
COLOURLESS = words("esc g l ld n p pm w x")

# Pygments prepares a lexer class the first time it is used, which two threads must not do at once.
_lock = Lock()


def code_block(code: str, info: str, *, budget: int = MAX_CODE_CHARS) -> str:
    """Return a fenced code block as HTML, coloured where its language is known.

    `info` is what follows the fence: the language and maybe more. Not more than `budget`
    characters are coloured: a longer block, and one that takes too long, is plain.
    """
    match = LANGUAGE.match(info)
    if not match:
        return f"<pre><code>{escape(code, quote=False)}</code></pre>\n"
    language = match[1].lower()
    lexer = lexer_class(language) if len(code) <= min(budget, MAX_CODE_CHARS) else None
    spans = lexer and coloured(code, lexer)
    if spans is None:
        opening, spans = "<pre>", escape(code, quote=False)
    else:
        opening = '<pre class="highlight">'
    return f'{opening}<code class="language-{escape(language)}">{spans}</code></pre>\n'


def coloured(code: str, lexer: type[Lexer]) -> str | None:
    """Return code with a <span> around each token of a colour, None when it takes too long."""
    deadline = time.monotonic() + MAX_SECONDS
    spans: list[str] = []
    last, pending = "", ""
    with _lock:
        for kind, value in lexer(stripnl=False).get_tokens(code):
            css = css_class(kind)
            if css == last or value.isspace():
                pending += value
                continue
            spans.append(span(last, pending))
            last, pending = css, value
            if time.monotonic() > deadline:
                return None
    return "".join([*spans, span(last, pending)])


def span(css: str, text: str) -> str:
    """Return text in a <span>, or as it is when it has no class."""
    text = escape(text, quote=False)
    return f'<span class="{css}">{text}</span>' if css and text else text


@cache
def css_class(kind: _TokenType) -> str:
    """Return the class of a kind of token, or of its nearest parent that has one."""
    while kind not in STANDARD_TYPES and kind.parent is not None:
        kind = kind.parent
    css = STANDARD_TYPES[kind]
    return "" if css in COLOURLESS else css


def lexer_class(language: str) -> type[Lexer] | None:
    """Return the lexer of a language, None for one that is not in LANGUAGES."""
    name = ALIASES.get(language) or primary_names().get(language)
    return load_lexer(name) if name else None


@cache
def load_lexer(name: str) -> type[Lexer]:
    """Import the lexer of one of our LANGUAGES."""
    return find_lexer_class_by_name(name)


@cache
def primary_names() -> dict[str, str]:
    """Map every name that Pygments has for one of our LANGUAGES to the first it has."""
    return {
        alias: aliases[0]
        for _, aliases, _, _ in get_all_lexers(plugins=False)
        if not LANGUAGES.isdisjoint(aliases)
        for alias in aliases
    }
