"""The REST API: for programs, and for the blog's own pages."""

from flask import Flask, current_app

from app.api import cors, pages, views
from app.api.blueprint import bp
from app.caller import calling_key
from app.extensions import csrf, limiter

__all__ = ["bp", "init_app", "views"]


def init_app(app: Flask) -> None:
    """Mount the API."""
    # The guard in `app/access.py` asks for the form token where a session calls.
    csrf.exempt(bp)
    csrf.exempt(views.uploads.pages)
    cors.init_app(app)
    limiter.limit(allowance, key_func=calling_key)(bp)
    app.register_blueprint(bp)
    app.register_blueprint(views.uploads.pages)
    app.register_blueprint(pages.bp)


def allowance() -> str:
    """Return how much one caller may ask for."""
    return f"{current_app.config['API_REQUESTS_PER_MINUTE']} per minute"
