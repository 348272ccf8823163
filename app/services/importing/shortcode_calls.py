"""What the shortcodes of Hugo and WordPress share: calls that may enclose text and nest."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Token:
    """One tag in the text; a `literal` stands for `written`, whatever it looked like."""

    start: int
    end: int
    kind: Literal["open", "close", "single", "literal"]
    name: str
    written: str
    arguments: str = ""


@dataclass(slots=True)
class Call:
    """A shortcode with its arguments by name or by place, and the text it encloses."""

    name: str
    written: str
    named: dict[str, str] = field(default_factory=dict)
    placed: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    closing: str = ""

    @property
    def inner(self) -> str:
        """The enclosed text."""
        return "".join(self.parts)

    @property
    def whole(self) -> str:
        """The call as it was written."""
        return f"{self.written}{self.inner}{self.closing}"

    def get(self, name: str, place: int | None = None) -> str:
        """Return an argument by its name or its place, empty when it is not given."""
        if place is not None and place < len(self.placed):
            return self.placed[place]
        return self.named.get(name, "")


_ARGUMENT = re.compile(
    r"(?:(?P<key>[\w-]+)\s*=\s*)?"
    r"(?:\"(?P<double>(?:\\.|[^\"\\])*)\"|'(?P<single>[^']*)'|`(?P<raw>[^`]*)`|(?P<bare>[^\s\"'`]+))"
)


def expand(
    text: str,
    tokens: Iterable[Token],
    convert: Callable[[Call], str],
    *,
    raw: Collection[str] = (),
) -> str:
    """Return the text with every call converted, the inner ones first.

    Nothing inside of the calls named in `raw` is a call. Tags without a partner stay as they are.
    """
    tokens = list(tokens)
    waiting = Counter(token.name for token in tokens if token.kind == "close")
    stack = [Call("", "")]
    end = 0
    for token in tokens:
        stack[-1].parts.append(text[end : token.start])
        end = token.end
        top = stack[-1]
        if token.kind == "close":
            waiting[token.name] -= 1
        if token.kind == "close" and token.name == top.name:
            stack.pop().closing = token.written
            stack[-1].parts.append(convert(top))
        elif top.name in raw or token.kind == "close":
            top.parts.append(text[token.start : token.end])
        elif token.kind == "literal":
            top.parts.append(token.written)
        else:
            call = _parse(token)
            if token.kind == "open" and waiting[token.name]:
                stack.append(call)
            else:
                top.parts.append(convert(call))
    stack[-1].parts.append(text[end:])
    while len(stack) > 1:  # Its partner closed another call of the same name.
        unclosed = stack.pop()
        stack[-1].parts.append(unclosed.whole)
    return stack[0].inner


def _parse(token: Token) -> Call:
    call = Call(token.name, token.written)
    for found in _ARGUMENT.finditer(token.arguments):
        values = (found["double"], found["single"], found["raw"], found["bare"])
        value = next(value for value in values if value is not None)
        value = re.sub(r"\\([\"\\])", r"\1", value) if found["double"] else value
        if found["key"]:
            call.named[found["key"].lower()] = value
        else:
            call.placed.append(value)
    return call
