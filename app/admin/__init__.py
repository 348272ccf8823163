"""Running the blog: numbers, comments, topics, accounts, settings, outbox, audit log."""

from app.admin import audit, blocks, site, topics, users
from app.admin.views import bp

__all__ = ["audit", "blocks", "bp", "site", "topics", "users"]
