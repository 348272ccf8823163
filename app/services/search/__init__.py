"""Finds posts by their words, with the same results on PostgreSQL and on SQLite."""

from app.services.search.matching import MAX_RESULTS
from app.services.search.pages import SearchHit, SearchPage, reindex, search_posts

__all__ = ["MAX_RESULTS", "SearchHit", "SearchPage", "reindex", "search_posts"]
