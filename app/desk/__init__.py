"""The authors' desk: their articles, the form to write them, their history and previews."""

from app.desk import autosave, history, links, media, views
from app.desk.room import bp

__all__ = ["autosave", "bp", "history", "links", "media", "views"]
