"""Marks where a query matched, in the characters that the author wrote."""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from app.text.search.candidates import candidates
from app.text.search.query import Clause, Query
from app.text.search.tokens import Token, cjk_character_end, is_inside_word, is_word_start, scan

# Bounds of the work on one text, far above what a text that someone wrote asks for.
MAX_PLACES = 2_000
MAX_PHRASE_CHARS = 1_000

_WHITE_SPACE = re.compile(r"\s+")


class Fragment(NamedTuple):
    """A piece of text, marked or not; not escaped for HTML."""

    text: str
    is_match: bool


class _Match(NamedTuple):
    start: int
    end: int
    clause: Clause


def highlight(text: str, query: Query) -> list[Fragment]:
    """Cut a text into marked and unmarked pieces; joined they are the text again."""
    fragments: list[Fragment] = []
    done = 0
    for start, end in _merged(_matches(text, query.required)):
        if start > done:
            fragments.append(Fragment(text[done:start], False))
        fragments.append(Fragment(text[start:end], True))
        done = end
    if done < len(text):
        fragments.append(Fragment(text[done:], False))
    return fragments


def snippet(text: str, query: Query, *, length: int = 160) -> list[Fragment]:
    """Return about `length` characters around the place where most of the query stands together.

    Without a match it is the beginning of the text. Words at the ends stay whole, an ellipsis
    says where text was left out, white space becomes single spaces.
    """
    text = text.strip()
    start, end = _window(text, query.required, length)
    fragments = highlight(text[start:end].rstrip(), query)
    if start > 0:
        fragments.insert(0, Fragment("…", False))
    if end < len(text):
        fragments.append(Fragment("…", False))
    return [Fragment(_WHITE_SPACE.sub(" ", piece), is_match) for piece, is_match in fragments]


def _window(text: str, clauses: tuple[Clause, ...], length: int) -> tuple[int, int]:
    best = _densest(text, clauses, length)
    start = 0
    if best:
        lead = max(length - (best[-1].end - best[0].start), 0) // 3
        start = max(min(best[0].start - lead, len(text) - length), 0)
        while 0 < start < best[0].start and not is_word_start(text, start):
            start += 1
    end = min(start + length, len(text))
    floor = best[0].end if best else start
    whole = end
    while whole > floor and is_inside_word(text, whole):
        whole -= 1
    return start, whole if whole > floor else end


def _densest(text: str, clauses: tuple[Clause, ...], length: int) -> list[_Match]:
    """Return the matches of the first window that holds most of the clauses."""
    best: list[_Match] = []
    most = 0
    window: deque[_Match] = deque()
    for match in _matches(text, clauses):
        window.append(match)
        while len(window) > 1 and match.end - window[0].start > length:
            window.popleft()
        found = len({each.clause for each in window})
        if found > most:
            best, most = list(window), found
        if most == len(clauses):
            break
    return best


def _matches(text: str, clauses: tuple[Clause, ...]) -> Iterator[_Match]:
    """Yield the places where clauses match, in order, within the bounds."""
    if not clauses:
        return
    longest = max(len(clause.tokens) for clause in clauses)
    places = candidates(text, (clause.tokens[0] for clause in clauses))
    for place in islice(places, MAX_PLACES):
        if is_inside_word(text, place):
            continue
        tokens = list(islice(scan(text, place, place + MAX_PHRASE_CHARS), longest))
        for clause in clauses:
            found = tokens[: len(clause.tokens)]
            if found and found[0].start == place and _is_match(found, clause):
                is_part = found[-1].text != clause.tokens[-1]
                end = cjk_character_end(text, found[-1].start) if is_part else found[-1].end
                yield _Match(place, end, clause)


def _is_match(tokens: list[Token], clause: Clause) -> bool:
    *before, last = clause.tokens
    if [token.text for token in tokens[:-1]] != before:
        return False
    return tokens[-1].text == last or (clause.is_prefix and tokens[-1].text.startswith(last))


def _merged(matches: Iterable[_Match]) -> list[tuple[int, int]]:
    """Return the places in order, those that overlap or touch as one."""
    merged: list[tuple[int, int]] = []
    for start, end, _ in sorted(matches, key=lambda match: (match.start, match.end)):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged
