"""A small tree of sanitised HTML, which is well-formed, so that no repair is needed to read it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from app.text.words import words

VOID = frozenset({"br", "hr", "img", "input", "wbr", "col"})
# Elements that stand on lines of their own; all others run along in the text.
BLOCKS = words(
    """blockquote caption dd details div dl dt figcaption figure h1 h2 h3 h4 h5 h6 hr li ol p pre
    section summary table tbody td tfoot th thead tr ul"""
)


@dataclass(slots=True)
class Element:
    """An element with its attributes and what is inside of it."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: "list[Element | str]" = field(default_factory=list)

    def get(self, name: str) -> str:
        """Return an attribute, empty when it is missing."""
        return self.attributes.get(name, "")

    def elements(self) -> "Iterator[Element]":
        """Yield the elements directly inside."""
        return (child for child in self.children if isinstance(child, Element))

    def descendants(self) -> "Iterator[Element]":
        """Yield all elements inside, in the order of the text."""
        for child in self.elements():
            yield child
            yield from child.descendants()

    @property
    def text(self) -> str:
        """All text inside, a line break for each `br`."""
        if self.tag == "br":
            return "\n"
        return "".join(c if isinstance(c, str) else c.text for c in self.children)

    @property
    def is_block(self) -> bool:
        """Whether it stands on lines of its own."""
        return self.tag in BLOCKS


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def read_html(html: str) -> Element:
    """Read sanitised HTML into a tree; the root has no tag."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return builder.root
