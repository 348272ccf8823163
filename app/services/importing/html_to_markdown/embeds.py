"""Turns players and frames, which the sanitiser takes away, into links; names code languages."""

import re
from html import escape, unescape

_PLAYER = re.compile(
    r"<(?P<name>iframe|video|audio|object|embed)\b(?P<attributes>[^>]*)>"
    r"(?:(?P<inside>(?:(?!<(?P=name)\b).)*?)</(?P=name)\s*>)?",
    re.DOTALL | re.IGNORECASE,
)
_SOURCE = re.compile(
    r"\b(?:data-)?(?:src|data)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE
)
_PAGES = (
    (re.compile(r"(?:https?:)?//(?:www\.)?youtube(?:-nocookie)?\.com/embed/([\w-]+).*"),
     r"https://www.youtube.com/watch?v=\1"),
    (re.compile(r"(?:https?:)?//player\.vimeo\.com/video/(\d+).*"), r"https://vimeo.com/\1"),
    (re.compile(r"(?:https?:)?//player\.bilibili\.com/player\.html\?.*?\bbvid=(\w+).*"),
     r"https://www.bilibili.com/video/\1"),
)  # fmt: skip
_CODE = re.compile(
    r"<pre\b(?P<outer>[^>]*)>\s*(?:<code\b(?P<inner>[^>]*)>)?(?P<text>.*?)(?:</code>\s*)?</pre\s*>",
    re.DOTALL | re.IGNORECASE,
)
_LANGUAGE = re.compile(
    r"\b(?:language-|lang-|brush:\s*|data-enlighter-language=[\"']|lang=[\"'])([\w+#.-]+)"
    r"|\bclass=[\"'](?:hljs\s+|highlight\s+|prettyprint\s+|crayon\s+)([\w+#.-]+)",
    re.IGNORECASE,
)
_LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^>]*>")
_SCRIPT = re.compile(r"<(script|style)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)


def keep_embeds(html: str) -> tuple[str, list[str]]:
    """Return the HTML with links instead of players, and a warning for each kind of those."""
    found: dict[str, int] = {}

    def link(match: re.Match[str]) -> str:
        source = _SOURCE.search(match["attributes"]) or _SOURCE.search(match["inside"] or "")
        address = unescape(next(filter(None, source.groups()), "")) if source else ""
        if not address:
            return match["inside"] or ""
        name = match["name"].lower()
        found[name] = found.get(name, 0) + 1
        for pattern, page in _PAGES:
            address = pattern.sub(page, address)
        address = f"https:{address}" if address.startswith("//") else address
        return f'<p><a href="{escape(address)}">{escape(address)}</a></p>'

    html = _CODE.sub(_plain_code, _PLAYER.sub(link, _SCRIPT.sub("", html)))
    return html, [f"{count} {name}(s) became links" for name, count in found.items()]


def _plain_code(match: re.Match[str]) -> str:
    """Leave of a highlighted block its text and its language."""
    marked = _LANGUAGE.search(f"{match['outer']} {match['inner'] or ''}")
    language = (marked[1] or marked[2]).lower() if marked else ""
    if match["inner"] is None and not language and _TAG.search(_LINE_BREAK.sub("", match["text"])):
        return match.group()  # Text in which spaces count, with links or emphasis: no code.
    text = _TAG.sub("", _LINE_BREAK.sub("\n", match["text"]))
    named = f' class="language-{escape(language)}"' if language not in ("", "none", "plain") else ""
    return f"<pre><code{named}>{text}</code></pre>"
