"""Writes documents and queries in the languages of PostgreSQL's and SQLite's full-text search.

Both get our tokens and nothing else, quoted; neither engine's own parser, dictionary or folding
takes part, so both find the same.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.text.search.query import Clause, Query
from app.text.search.tokens import is_cjk, tokenize

# A tsvector numbers positions to 16,383 and keeps 255 of a lexeme; SQLite is held to the same.
MAX_TOKENS = 16_000
MAX_OCCURRENCES = 255
# A tsvector holds 1 MiB of lexemes and positions.
MAX_TSVECTOR_BYTES = 900_000

# Both begin with what no token contains, so neither can be mistaken for a word of the text.
_CHARACTER = "~"
_PERIOD = "#"
_FTS5_GAP = "¤"


@dataclass(frozen=True, slots=True)
class Document:
    """The tokens of a post that are indexed; None where a token is left out but keeps its place."""

    title: tuple[str | None, ...]
    body: tuple[str | None, ...]


def cut_document(title: str, text: str) -> Document:
    """Return the tokens of a post, within the bounds that hold on every engine."""
    title_tokens = tokenize(title, limit=MAX_TOKENS)
    return bounded_document(title_tokens, tokenize(text, limit=MAX_TOKENS - len(title_tokens)))


def bounded_document(title: Sequence[str], body: Sequence[str]) -> Document:
    """Return the tokens of a title and a text, which together are at most MAX_TOKENS, in bounds."""
    counts = Counter(title)
    counts.update(body)
    size = 4 * (sum(map(len, title)) + sum(map(len, body))) + 8 * (len(title) + len(body))
    if size <= MAX_TSVECTOR_BYTES and max(counts.values(), default=0) <= MAX_OCCURRENCES:
        return Document(tuple(title), tuple(body))
    return cut_tokens(title, body)


def cut_tokens(title: Sequence[str], body: Sequence[str]) -> Document:
    """Return tokens without those that repeat too often and those beyond the largest size."""
    occurrences: dict[str, int] = {}
    size = 0

    def bounded(tokens: Sequence[str]) -> Iterator[str | None]:
        nonlocal size
        for token in tokens:
            count = occurrences[token] = occurrences.get(token, 0) + 1
            size += 4 * len(token) + 8
            if size > MAX_TSVECTOR_BYTES:
                return
            yield token if count <= MAX_OCCURRENCES else None

    return Document(tuple(bounded(title)), tuple(bounded(body)))


def to_tsvector(*parts: Sequence[str | None], periods: Iterable[str] = ()) -> str:
    """Return the text form of a tsvector; no phrase reaches from one part into the next.

    Each first character of a CJK token is a lexeme, too: looking for a single character by its
    prefix would read all pairs that begin with it. So are the periods in which the post falls.
    """
    positions: defaultdict[str, list[str]] = defaultdict(list)
    position = 0
    for part in parts:
        for token in part:
            position += 1
            if token:
                positions[token].append(str(position))
        position += 1
    first_characters = {token[0] for token in positions}
    characters = {_CHARACTER + first for first in first_characters if is_cjk(first)}
    lexemes = [f"'{token}':{','.join(places)}" for token, places in positions.items()]
    lexemes += [f"'{character}'" for character in sorted(characters)]
    return " ".join(lexemes + [to_period_tsquery(period) for period in periods])


def to_tsquery(query: Query) -> str:
    """Return the text form of a tsquery; the query must not be empty."""
    required = [_tsquery_clause(clause) for clause in query.required]
    return " & ".join(required + ["!" + _tsquery_clause(clause) for clause in query.excluded])


def to_period_tsquery(period: str) -> str:
    """Return the lexeme that a post of this period carries, quoted."""
    return f"'{_PERIOD}{period}'"


def _tsquery_clause(clause: Clause) -> str:
    *tokens, last = clause.tokens
    if clause.is_prefix and not tokens and is_cjk(last):
        return f"'{_CHARACTER}{last}'"
    lexemes = [f"'{token}'" for token in clause.tokens]
    return f"({' <-> '.join(lexemes)}{':*' if clause.is_prefix else ''})"


def to_fts5_text(tokens: Sequence[str | None]) -> str:
    """Return what SQLite's `ascii` tokenizer cuts into exactly these tokens."""
    return " ".join(token or _FTS5_GAP for token in tokens)


def to_fts5_query(query: Query, *, column: str | None = None) -> str:
    """Return a MATCH expression, on all columns or one; the query must not be empty."""
    required = " AND ".join(_fts5_clause(clause) for clause in query.required)
    expression = f"({required})"
    if query.excluded:
        expression += f" NOT ({' OR '.join(_fts5_clause(clause) for clause in query.excluded)})"
    return f"{column} : ({expression})" if column else expression


def _fts5_clause(clause: Clause) -> str:
    return " + ".join(f'"{token}"' for token in clause.tokens) + (" *" if clause.is_prefix else "")
