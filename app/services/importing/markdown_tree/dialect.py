"""What the shortcodes of Hugo and the tags of Jekyll need to know of the document they stand in."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from app.services.importing.markdown_tree.fields import Fields
from app.text.outline import slug

_HEADING_ATTRIBUTES = re.compile(
    r"^(#{1,6}[ \t]+)(\S[^\n]*?)[ \t]*\{:?((?:[ \t]*[.#][\w:-]+)+)[ \t]*\}[ \t]*#*[ \t]*$",
    re.MULTILINE,
)
_ID = re.compile(r"#([\w:-]+)")


@dataclass(slots=True)
class Dialect:
    """The fields of document and site, how a reference is found, and what was not converted."""

    fields: Fields
    site: Fields
    find: Callable[[str], str | None]
    warnings: list[str] = field(default_factory=list)

    def ref(self, target: str) -> str:
        """Return the path of the article that a reference names, or the reference itself."""
        if found := self.find(target):
            return found
        self.warnings.append(f"the reference {target!r} leads to no document")
        return target

    def keep(self, name: str) -> None:
        """Warn, once, that something unknown stays in the text."""
        warning = f"{name} is not known and stays as text"
        if warning not in self.warnings:
            self.warnings.append(warning)


def fence(code: str, language: str = "") -> str:
    """Return a fenced code block that nothing in the code can end."""
    code = code.strip("\r\n")
    ticks = "```"
    while ticks in code:
        ticks += "`"
    return f"{ticks}{language}\n{code}\n{ticks}"


def image(source: str, alt: str = "", title: str = "", link: str = "", caption: str = "") -> str:
    """Return an image in Markdown, inside a link and with a caption below where there are any."""
    quoted = ' "' + title.replace('"', "'") + '"' if title else ""
    shown = f"![{alt.replace(']', ' ')}]({source}{quoted})"
    shown = f"[{shown}]({link})" if link else shown
    return f"{shown}\n\n*{caption.strip()}*" if caption.strip() else shown


def quote(text: str, label: str = "") -> str:
    """Return a block quote, with a label in bold on its first line where there is one."""
    lines = [f"**{label}**", "", *text.strip().splitlines()] if label else text.strip().splitlines()
    return "\n".join(f"> {line}".rstrip() for line in lines)


def keep_heading_ids(text: str) -> str:
    """Return Markdown with `{#id}` behind headings made an anchor that links find."""
    return _HEADING_ATTRIBUTES.sub(_anchored, text)


def _anchored(match: re.Match[str]) -> str:
    marks, words, attributes = match.groups()
    given = _ID.search(attributes)
    if given is None or given[1] == slug(words):  # The anchor that every heading gets.
        return f"{marks}{words}"
    return f'{marks}<a id="{given[1]}"></a>{words}'
