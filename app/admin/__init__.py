"""Running the blog: comments, accounts, the audit log."""

from app.admin import audit, users
from app.admin.views import bp

__all__ = ["audit", "bp", "users"]
