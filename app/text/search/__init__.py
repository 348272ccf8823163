"""Search without a database: tokens, queries, the engines' languages, marked snippets."""

from app.text.search.engines import (
    MAX_OCCURRENCES,
    MAX_TOKENS,
    Document,
    bounded_document,
    cut_document,
    to_fts5_query,
    to_fts5_text,
    to_period_tsquery,
    to_tsquery,
    to_tsvector,
)
from app.text.search.query import MAX_CLAUSES, MAX_QUERY_CHARS, Clause, Query, parse_query
from app.text.search.snippets import Fragment, highlight, snippet
from app.text.search.tokens import MAX_TOKEN_CHARS, tokenize

__all__ = [
    "MAX_CLAUSES",
    "MAX_OCCURRENCES",
    "MAX_QUERY_CHARS",
    "MAX_TOKENS",
    "MAX_TOKEN_CHARS",
    "Clause",
    "Document",
    "Fragment",
    "Query",
    "bounded_document",
    "cut_document",
    "highlight",
    "parse_query",
    "snippet",
    "to_fts5_query",
    "to_fts5_text",
    "to_period_tsquery",
    "to_tsquery",
    "to_tsvector",
    "tokenize",
]
