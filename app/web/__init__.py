"""The pages that readers see."""

from app.web import actions, comments, feeds, previews
from app.web.views import bp

__all__ = ["actions", "bp", "comments", "feeds", "previews"]
