"""Cuts a WordPress export into its items, so that memory does not grow with the file.

Each item is parsed on its own: one that is not well-formed, or far too large, is that item's
problem. A file that declares a document type is refused, which leaves no way to define entities.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.entities import html5
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree

from app.services.importing.records import BadItem, ImportRefused

CHUNK_BYTES = 1024 * 1024
MAX_ITEM_CHARS = 64 * 1024 * 1024

_MARKUP = re.compile(r"<!\[CDATA\[|<!--|<!DOCTYPE|<!ENTITY|</?item(?=[\s>])")
_LONGEST_MARKUP = 12
_CLOSINGS = {"<![CDATA[": "]]>", "<!--": "-->"}
_ENCODING = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_PREFIXES = {"wp", "content", "excerpt", "dc", "wfw"}
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PREFIX = re.compile(r"</?([A-Za-z_][\w.-]*):")
_UNESCAPED = re.compile(r"(<!\[CDATA\[.*?\]\]>)|&(?:(#\w+;)|(\w+;))?", re.DOTALL)
_XML_ENTITIES = {"amp;", "lt;", "gt;", "quot;", "apos;"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the file: its head, or one item; `fault` says why it has no text."""

    kind: str
    text: str
    fault: str | None = None


def scan(file: BinaryIO, *, max_item_chars: int = MAX_ITEM_CHARS) -> Iterator[Piece]:
    """Yield the head, which ends before the first item, then every item."""
    return _Scanner(file, max_item_chars).pieces()


def parse(text: str) -> Element:
    """Parse the inside of a `channel` or one item; raises `BadItem` when it is not XML.

    The prefixes stand for themselves (`{wp}post_id`), whatever version of the format bound them.
    """
    text = _NOT_XML.sub("", text)
    try:
        return _parse(text, _PREFIXES)
    except ParseError:
        pass
    try:
        return _parse(_repair(text), _PREFIXES | set(_PREFIX.findall(text)))
    except ParseError as error:
        raise BadItem(f"it is not valid XML: {error}") from None


class _Scanner:
    def __init__(self, file: BinaryIO, limit: int) -> None:
        self._file, self._limit = file, limit
        first = file.read(CHUNK_BYTES)
        self._decoder = codecs.getincrementaldecoder(_encoding(first))(errors="replace")
        self._buffer = self._decoder.decode(first, final=not first).removeprefix("\ufeff")
        self._start = self._place = 0  # Where the current piece begins; how far it was read.
        self._kind, self._closing = "head", ""
        self._dropped = False

    def pieces(self) -> Iterator[Piece]:
        while True:
            if self._closing:
                self._leave_section()
                continue
            match = _MARKUP.search(self._buffer, self._place)
            if match is None:
                self._place = max(self._place, len(self._buffer) - _LONGEST_MARKUP)
                if not self._read_on():
                    break
                continue
            self._place = match.end()
            if piece := self._meet(match):
                yield piece
        if self._kind == "head":
            yield self._piece(len(self._buffer))
        elif self._kind == "item":
            yield Piece("item", "", "the file ends in the middle of it")

    def _meet(self, match: re.Match[str]) -> Piece | None:
        """Act on a piece of markup; the end of the head and of an item give that piece."""
        markup = match.group()
        if markup in _CLOSINGS:
            self._closing = _CLOSINGS[markup]
        elif markup.startswith("<!") and self._kind != "item":
            raise ImportRefused(
                "The file declares a document type or entities, which no export of WordPress does; "
                "it is refused because such declarations can exhaust the memory."
            )
        elif markup == "<item" and self._kind != "item":
            head = self._piece(match.start()) if self._kind == "head" else None
            self._begin("item", match.start())
            return head
        elif markup == "</item" and self._kind == "item":
            item = self._piece(match.end(), suffix=">")
            self._begin("between", match.end())
            return item
        return None

    def _leave_section(self) -> None:
        end = self._buffer.find(self._closing, self._place)
        if end >= 0:
            self._place, self._closing = end + len(self._closing), ""
            return
        self._place = max(self._place, len(self._buffer) - len(self._closing) + 1)
        if not self._read_on():
            self._closing, self._place = "", len(self._buffer)

    def _begin(self, kind: str, start: int) -> None:
        self._kind, self._start, self._dropped = kind, start, False

    def _piece(self, end: int, *, suffix: str = "") -> Piece:
        if self._dropped:
            return Piece(
                self._kind, "", f"it is larger than {self._limit // 2**20} million characters"
            )
        return Piece(self._kind, self._buffer[self._start : end] + suffix)

    def _read_on(self) -> bool:
        """Read the next chunk, forgetting what is not needed any more; False at the end."""
        if (
            self._kind == "between"
            or self._dropped
            or len(self._buffer) - self._start > self._limit
        ):
            self._dropped = self._dropped or self._kind != "between"
            self._start = self._place
        self._buffer = self._buffer[self._start :]
        self._place -= self._start
        self._start = 0
        chunk = self._file.read(CHUNK_BYTES)
        self._buffer += self._decoder.decode(chunk, final=not chunk)
        return bool(chunk)


def _encoding(first: bytes) -> str:
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    match = _ENCODING.search(first[:500])
    try:
        return codecs.lookup(match[1].decode("ascii")).name if match else "utf-8"
    except LookupError:
        raise ImportRefused(f"The file's encoding {match[1].decode()!r} is not known.") from None  # type: ignore[index]


def _parse(text: str, prefixes: set[str]) -> Element:
    bindings = " ".join(f'xmlns:{prefix}="{prefix}"' for prefix in sorted(prefixes - {"xml"}))
    root: Element = ElementTree.fromstring(f"<channel {bindings}>{text}</channel>", forbid_dtd=True)
    return root


def _repair(text: str) -> str:
    """Resolve HTML's entities and escape stray ampersands outside of CDATA sections."""

    def resolve(match: re.Match[str]) -> str:
        section, number, name = match.groups()
        if section or number or name in _XML_ENTITIES:
            return match.group()
        return html5.get(name or "", f"&amp;{name or ''}")

    return _UNESCAPED.sub(resolve, text)
