"""Running the blog: moderating comments."""

from app.admin.views import bp

__all__ = ["bp"]
