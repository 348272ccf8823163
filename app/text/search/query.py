"""Reads what a visitor typed into the search box; only tokens leave this module."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.text.search.tokens import Run, runs

MAX_QUERY_CHARS = 200
MAX_CLAUSES = 16

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»「」『』＂", '"') | {"－": "-", "−": "-"})
_CHUNK = re.compile(r'(?P<minus>(?<!\S)-(?!-))?(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+))')
# What may stand between the parts of one word: node.js, don't, std::vector, front-end.
_JOINER = re.compile(r"[-_.'’/:@+&]{1,2}")


@dataclass(frozen=True, slots=True)
class Clause:
    """Tokens that follow each other; with `is_prefix` the last one is only the start of a token."""

    tokens: tuple[str, ...]
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What every post found must contain, each in its title or in its text, and what none may."""

    required: tuple[Clause, ...] = ()
    excluded: tuple[Clause, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look for; exclusions alone find nothing."""
        return not self.required

    @property
    def positive(self) -> "Query":
        """What must be there, without what must not."""
        return Query(self.required)


def parse_query(text: str) -> Query:
    """Read words, "phrases", -words and -"phrases"; anything else is taken as it can be.

    A word written without spaces in Chinese is a phrase of its characters. A quote that is never
    closed is ignored. What exceeds MAX_QUERY_CHARS or MAX_CLAUSES is left out.
    """
    required: dict[Clause, None] = {}
    excluded: dict[Clause, None] = {}
    for match in _CHUNK.finditer(text[:MAX_QUERY_CHARS].translate(_QUOTES)):
        clauses: Iterable[Clause]
        if match["minus"]:
            clauses, into = _clauses([list(runs(match["phrase"] or match["word"] or ""))]), excluded
        elif match["phrase"] is not None:
            clauses, into = _clauses([list(runs(match["phrase"]))]), required
        else:
            clauses, into = _clauses(_parts(match["word"])), required
        for clause in clauses:
            if len(required) + len(excluded) < MAX_CLAUSES:
                into[clause] = None
    return Query(tuple(required), tuple(excluded))


def _parts(word: str) -> Iterator[list[Run]]:
    """Cut what was written without a space where the script changes or punctuation separates."""
    part: list[Run] = []
    for run in runs(word):
        if part and not _belongs(part[-1], run, word):
            yield part
            part = []
        part.append(run)
    if part:
        yield part


def _belongs(left: Run, right: Run, text: str) -> bool:
    between = text[left.tokens[-1].end : right.tokens[0].start]
    return not left.is_cjk and not right.is_cjk and _JOINER.fullmatch(between) is not None


def _clauses(parts: Iterable[list[Run]]) -> Iterator[Clause]:
    for part in parts:
        tokens = [token.text for run in part for token in run.tokens]
        if not tokens:
            continue
        if part[-1].is_cjk and len(part[-1].tokens) > 1:
            # The last character's own token would demand that the text's run ends there, too.
            yield Clause(tuple(tokens[:-1]))
        else:
            yield Clause(tuple(tokens), is_prefix=part[-1].is_cjk)
