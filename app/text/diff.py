"""What differs between two texts, line by line, with the changed words marked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

# Comparing takes up to lines × lines steps; beyond this a changed part is shown as a whole.
MAX_STEPS = 4_000_000
MAX_WORDS = 400
CONTEXT = 3

# Words, runs of spaces, and everything else (Chinese among it) one character at a time.
TOKEN = re.compile(r"[A-Za-z0-9_À-ɏ]+|\s+|.", re.DOTALL)

Part = tuple[bool, str]


@dataclass(frozen=True)
class Line:
    """A line of a comparison: `kind` is same, added, removed, or gap for lines left out.

    `parts` are pieces of the line, each with whether it is what changed.
    """

    kind: str
    parts: tuple[Part, ...] = ()


def compare(old: str, new: str) -> list[Line]:
    """Return the lines that lead from an old text to a new one, equal ones near changes only."""
    return without_far_lines(list(changes(old.splitlines(), new.splitlines())))


def changes(old: list[str], new: list[str]) -> Iterator[Line]:
    """Yield every line of both texts; what both begin and end with costs nothing."""
    start = common(old, new)
    end = common(old[start:][::-1], new[start:][::-1])
    yield from (same(line) for line in old[:start])
    yield from middle(old[start : len(old) - end], new[start : len(new) - end])
    yield from (same(line) for line in old[len(old) - end :])


def common(first: list[str], second: list[str]) -> int:
    """Return with how many equal lines two texts begin."""
    pairs = zip(first, second, strict=False)
    return next(
        (number for number, (one, other) in enumerate(pairs) if one != other),
        min(len(first), len(second)),
    )


def middle(old: list[str], new: list[str]) -> Iterator[Line]:
    """Yield the lines between the first and the last difference."""
    if len(old) * len(new) > MAX_STEPS:
        yield from replaced(old, new)
        return
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if tag == "equal":
            yield from (same(line) for line in old[old_from:old_to])
        else:
            yield from replaced(old[old_from:old_to], new[new_from:new_to])


def replaced(old: list[str], new: list[str]) -> Iterator[Line]:
    """Yield lines that gave way to others; as many for as many are compared word by word."""
    if len(old) == len(new):
        pairs = [words_changed(one, other) for one, other in zip(old, new, strict=True)]
    else:
        pairs = []
    removed = [pair[0] for pair in pairs] or [((True, line),) for line in old]
    added = [pair[1] for pair in pairs] or [((True, line),) for line in new]
    yield from (Line("removed", parts) for parts in removed)
    yield from (Line("added", parts) for parts in added)


def words_changed(old: str, new: str) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Return the pieces of two versions of a line."""
    first, second = TOKEN.findall(old), TOKEN.findall(new)
    if max(len(first), len(second)) > MAX_WORDS:
        return ((True, old),), ((True, new),)
    before: list[Part] = []
    after: list[Part] = []
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        before.append((tag != "equal", "".join(first[old_from:old_to])))
        after.append((tag != "equal", "".join(second[new_from:new_to])))
    return pieces(before), pieces(after)


def pieces(parts: list[Part]) -> tuple[Part, ...]:
    """Return the pieces that are not empty."""
    return tuple(part for part in parts if part[1])


def same(line: str) -> Line:
    """Return a line that both texts have."""
    return Line("same", ((False, line),))


def without_far_lines(lines: list[Line]) -> list[Line]:
    """Leave out equal lines that are further than CONTEXT from any change; a gap stands there."""
    changed = [number for number, line in enumerate(lines) if line.kind != "same"]
    near = {
        number
        for place in changed
        for number in range(max(0, place - CONTEXT), min(len(lines), place + CONTEXT + 1))
    }
    kept = sorted(near)
    result: list[Line] = []
    for previous, number in pairwise([-1, *kept]):
        if number > previous + 1:
            result.append(Line("gap"))
        result.append(lines[number])
    if kept and kept[-1] < len(lines) - 1:
        result.append(Line("gap"))
    return result
