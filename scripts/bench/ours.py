"""The application with one more view, which does nothing: what the rest of it costs."""

from flask import Flask

import app as blog
from app.access import PUBLIC, ROUTES


def create_app() -> Flask:
    """Build the application."""
    ROUTES["empty"] = PUBLIC
    app = blog.create_app()
    app.add_url_rule("/empty", "empty", lambda: "")
    return app
