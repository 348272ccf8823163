"""What the shortcodes of Hugo and the tags of Jekyll need to know of the document they stand in."""

from collections.abc import Callable
from dataclasses import dataclass, field

from app.services.importing.markdown_tree.fields import Fields


@dataclass(slots=True)
class Dialect:
    """The document's fields, how a reference is found, and what could not be converted."""

    fields: Fields
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
