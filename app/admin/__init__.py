"""Running the blog: numbers, comments, topics, accounts, settings, outbox, audit log."""

from app.admin import audit, site, topics, users
from app.admin.views import bp

__all__ = ["audit", "bp", "site", "topics", "users"]
