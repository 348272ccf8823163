"""The signed-in user of a request, without touching the session of those who are not."""

from flask import Flask, current_app, request
from flask_login import current_user

from app.models import User


def init_app(app: Flask) -> None:
    """Offer `visitor()` and `current_user` to templates.

    Flask-Login's own way would look the user up for every page, the one that says that the
    database is away included.
    """
    app.jinja_env.globals.update(visitor=visitor, current_user=current_user)


def carries_login() -> bool:
    """Say whether the request shows a session or remember-me cookie, or a bearer token."""
    config = current_app.config
    names = (config["SESSION_COOKIE_NAME"], config["REMEMBER_COOKIE_NAME"])
    return any(name in request.cookies for name in names) or "Authorization" in request.headers


def visitor() -> User | None:
    """Return the signed-in user; None, and no look at the session, for an anonymous reader."""
    if not carries_login() or not current_user.is_authenticated:
        return None
    user: User = current_user._get_current_object()
    return user
