"""The operations of the API, a module for each kind of thing."""

from app.api.views import comments, export, posts, search, status, tokens, topics, uploads, users

__all__ = [
    "comments",
    "export",
    "posts",
    "search",
    "status",
    "tokens",
    "topics",
    "uploads",
    "users",
]
