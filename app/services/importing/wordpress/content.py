"""Turns what WordPress stores as a post's content into plain HTML."""

import json
import re
from html import escape, unescape

from app.services.importing.wordpress.autop import add_paragraphs
from app.services.importing.wordpress.shortcodes import Shortcodes

_BLOCK = re.compile(
    r"<!--\s+(?P<close>/)?wp:(?P<name>[a-z][\w/-]*)\s+(?P<attributes>\{.*?\}\s+)?(?P<single>/)?-->",
    re.DOTALL,
)
_MARK = re.compile(r"<!--\s*(?:more\b.*?|nextpage|noteaser|/?wp:.*?)\s*-->", re.DOTALL)
_LONELY_ADDRESS = re.compile(r"^[ \t]*(https?://[^\s<>\"]+)[ \t]*$", re.MULTILINE)
_EMBEDDED = re.compile(r'(<div class="wp-block-embed__wrapper">)\s*(https?://[^\s<]+)\s*(</div>)')
_CODE_WITH_LANGUAGE = re.compile(
    r"<pre\b[^>]*\blang=[\"']([\w+#-]+)[\"'][^>]*>(.*?)</pre>", re.DOTALL
)
# Blocks that WordPress fills when a page is shown; nothing of them is in the file.
_LAYOUT = {"spacer", "separator", "more", "nextpage", "group", "columns", "column"}


def to_html(content: str, shortcodes: Shortcodes) -> tuple[str, list[str]]:
    """Return a post's content as HTML, and what could not be taken over."""
    warnings: list[str] = []
    content = _CODE_WITH_LANGUAGE.sub(_code, content)
    if "<!-- wp:" in content:
        html = shortcodes.convert(_without_blocks(content, warnings))
    else:
        content = shortcodes.convert(_MARK.sub("\n\n", content))
        html = add_paragraphs(_LONELY_ADDRESS.sub(_link, content))
    return html, warnings + shortcodes.warnings


def _without_blocks(content: str, warnings: list[str]) -> str:
    """Take the marks of blocks away; classic blocks get their paragraphs."""
    out: list[str] = []
    end = 0
    open_blocks: list[str] = []
    empty: dict[str, None] = {}
    for match in _BLOCK.finditer(content):
        out.append(_block_text(content[end : match.start()], open_blocks))
        end = match.end()
        name = match["name"].removeprefix("core/")
        if match["close"]:
            open_blocks[-1:] = []
        elif not match["single"]:
            open_blocks.append(name)
        elif kept := _standing(name, match["attributes"]):
            out.append(kept)
        elif name not in _LAYOUT:
            empty[name] = None
    if empty:
        warnings.append(f"blocks that are filled when a page is shown: {', '.join(empty)}")
    out.append(_block_text(content[end:], open_blocks))
    return _MARK.sub("", "".join(out))


def _block_text(text: str, open_blocks: list[str]) -> str:
    if open_blocks and open_blocks[-1] == "verse":
        return text.replace("\n", "<br />\n").replace("<pre", "<p").replace("</pre", "</p")
    if not open_blocks or open_blocks[-1] == "freeform":
        return add_paragraphs(_LONELY_ADDRESS.sub(_link, text))
    return _EMBEDDED.sub(lambda m: f"{m[1]}{_anchor(m[2])}{m[3]}", text)


def _standing(name: str, attributes: str | None) -> str:
    """Return what a block without content shows, where its attributes say it."""
    try:
        values = json.loads(attributes or "{}")
    except (ValueError, RecursionError):
        return ""
    address = values.get("url")
    if name.startswith(("embed", "core-embed")) and isinstance(address, str):
        return f"<p>{_anchor(address)}</p>"
    return ""


def _code(match: re.Match[str]) -> str:
    code = escape(unescape(match[2]), quote=False)
    return f'<pre><code class="language-{match[1]}">{code}</code></pre>'


def _link(match: re.Match[str]) -> str:
    return f"\n\n{_anchor(match[1])}\n\n"


def _anchor(address: str) -> str:
    address = unescape(address)
    return f'<a href="{escape(address)}">{escape(address)}</a>'
