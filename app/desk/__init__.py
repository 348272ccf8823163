"""The authors' desk: their articles, and the form to write them."""

from app.desk.views import bp

__all__ = ["bp"]
