"""Turns WordPress's shortcodes into HTML."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from html import escape, unescape

from app.services.importing.shortcode_calls import Call, Token, expand
from app.text.words import words

# SyntaxHighlighter takes the language as the shortcode's name, too.
_LANGUAGES = words(
    "bash css cpp csharp diff go html java javascript js json jsx kotlin perl php powershell "
    "python py ruby rust scala sh shell sql swift text typescript vb xml yaml"
)
_CODE = ("code", "sourcecode", "crayon", *_LANGUAGES)
_TOKEN = re.compile(
    r"(?P<escape>\[)?\[(?P<close>/)?(?P<name>[a-zA-Z][\w-]*)"
    r"(?P<arguments>(?:[\s=](?:\"[^\"]*\"|'[^']*'|[^\[\]\"'/]|/(?!\]))*)?)(?P<single>/)?\](?(escape)\])"
)
_LOOKS_LIKE_CALL = re.compile(r"=|[_-]")


@dataclass(slots=True)
class Shortcodes:
    """Converts the shortcodes of one post; `gallery` gives the images of attachment ids.

    An empty sequence of ids asks for all that belong to the post.
    """

    gallery: Callable[[Sequence[str]], list[str]]
    warnings: list[str] = field(default_factory=list)

    def convert(self, text: str) -> str:
        """Return the text with all known shortcodes converted; others stay, with a warning."""
        return expand(text, _tokens(text), self._convert, raw=_CODE)

    def _convert(self, call: Call) -> str:
        name = call.name.lower()
        if name in _CODE and call.closing:
            return _code(call, name)
        if name == "gallery":
            return self._gallery(call)
        if converter := _CONVERTERS.get(name):
            return converter(call)
        if call.closing or _LOOKS_LIKE_CALL.search(call.written):
            warning = f"the shortcode {call.name!r} is not known and stays as text"
            if warning not in self.warnings:
                self.warnings.append(warning)
        return call.whole

    def _gallery(self, call: Call) -> str:
        ids = re.findall(r"\d+", call.get("ids") or call.get("include"))
        addresses = self.gallery(ids)
        if not addresses:
            self.warnings.append("the images of a gallery are not in the file")
        return "\n\n".join(f'<img src="{escape(address)}" alt="" />' for address in addresses)


def _tokens(text: str) -> Iterator[Token]:
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        if match["escape"]:
            yield Token(start, end, "literal", "", match.group()[1:-1])
            continue
        kind = partial(Token, start, end)
        name, arguments = match["name"], match["arguments"].removeprefix("=")
        if match["close"]:
            yield kind("close", name, match.group())
        else:
            yield kind("single" if match["single"] else "open", name, match.group(), arguments)


def _caption(call: Call) -> str:
    # The caption follows the image, or stands in an argument in texts from before 2012.
    media = re.match(r"\s*((?:<a\b[^>]*>\s*)?<img\b[^>]*>(?:\s*</a>)?)(.*)", call.inner, re.DOTALL)
    shown, words = (media[1], media[2].strip()) if media else (call.inner, "")
    words = words or unescape(call.get("caption"))
    return f"\n\n<figure>{shown}<figcaption>{words}</figcaption></figure>\n\n"


def _code(call: Call, name: str) -> str:
    language = call.get("lang") or call.get("language") or (name if name in _LANGUAGES else "")
    # The visual editor stores escaped code, the text editor bare code.
    bare = call.inner.strip("\r\n")
    bare = unescape(bare) if "&lt;" in bare or "&gt;" in bare or "&amp;" in bare else bare
    marked = f' class="language-{escape(language)}"' if language else ""
    return f"\n\n<pre><code{marked}>{escape(bare, quote=False)}</code></pre>\n\n"


def _link(call: Call) -> str:
    address = (
        call.inner.strip()
        or call.get("src", 0)
        or call.get("url")
        or call.get("mp4")
        or call.get("mp3")
    )
    address = unescape(re.sub(r"<[^>]+>", "", address)).strip()
    return f'\n\n<a href="{escape(address)}">{escape(address)}</a>\n\n' if address else call.whole


def _video(pattern: str) -> Callable[[Call], str]:
    def convert(call: Call) -> str:
        given = call.get("id", 0) or call.inner.strip()
        address = given if "://" in given else pattern.format(given)
        return f'\n\n<a href="{escape(address)}">{escape(address)}</a>\n\n'

    return convert


_CONVERTERS: dict[str, Callable[[Call], str]] = {
    "caption": _caption,
    "wp_caption": _caption,
    "embed": _link,
    "audio": _link,
    "video": _link,
    "youtube": _video("https://www.youtube.com/watch?v={}"),
    "vimeo": _video("https://vimeo.com/{}"),
    "gist": _video("https://gist.github.com/{}"),
}
