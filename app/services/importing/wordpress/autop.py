"""Gives WordPress's classic texts their paragraphs, which are stored a blank line apart."""

import re

# Elements that stand beside paragraphs, by what may be directly inside of them.
_PARAGRAPHS_INSIDE = (
    "address|article|aside|blockquote|center|details|div|fieldset|footer|form|header|main|nav"
    "|section"
)
_ONE_PARAGRAPH_BARE = "dd|figcaption|figure|li|td|th"
_NO_PARAGRAPHS = "caption|dt|h1|h2|h3|h4|h5|h6|legend|p|summary"
_NO_TEXT = "colgroup|dl|menu|ol|table|tbody|tfoot|thead|tr|ul"
_BLOCK = re.compile(
    r"(?P<whole><(?P<kept>pre|script|style|textarea|svg)\b.*?</(?P=kept)\s*>|<!--.*?-->|<hr\b[^>]*>)"
    rf"|<(?P<close>/)?(?P<name>{_PARAGRAPHS_INSIDE}|{_ONE_PARAGRAPH_BARE}|{_NO_PARAGRAPHS}|{_NO_TEXT})"
    r"\b[^>]*>",
    re.DOTALL | re.IGNORECASE,
)
_GAP = re.compile(r"\n[ \t]*\n\s*|(?:<br\s*/?>\s*){2,}", re.IGNORECASE)
_BREAK = re.compile(r"(?<!<br>)(?<!<br/>)(?<!<br />)[ \t]*\n(?!\s*<br)")
_SPLIT = {
    name: names for names in (_PARAGRAPHS_INSIDE, _ONE_PARAGRAPH_BARE, _NO_PARAGRAPHS, _NO_TEXT)
    for name in names.split("|")
}  # fmt: skip


def add_paragraphs(html: str) -> str:
    """Return the HTML with a `p` for each paragraph and a `br` for each line that ends inside."""
    html = html.replace("\r\n", "\n").replace("\r", "\n")
    out: list[str] = []
    inside: list[str] = []
    end = 0
    for match in _BLOCK.finditer(html):
        out.append(_text(html[end : match.start()], inside))
        end = match.end()
        out.append(match.group())
        if match["name"] is None:
            continue
        name = match["name"].lower()
        if not match["close"]:
            inside.append(name)
        elif name in inside:
            del inside[len(inside) - 1 - inside[::-1].index(name) :]
    out.append(_text(html[end:], inside))
    return "".join(out)


def _text(text: str, inside: list[str]) -> str:
    if not text.strip():
        return "\n" if "\n" in text else ""
    kind = _SPLIT[inside[-1]] if inside else _PARAGRAPHS_INSIDE
    if kind == _NO_TEXT:
        return text
    paragraphs = [part.strip() for part in _GAP.split(text)]
    lines = [_BREAK.sub("<br />\n", part) for part in paragraphs if part]
    if kind == _NO_PARAGRAPHS:
        return "<br />\n<br />\n".join(lines)
    if kind == _ONE_PARAGRAPH_BARE and len(lines) == 1:
        return lines[0]
    return "\n".join(f"<p>{line}</p>" for line in lines)
