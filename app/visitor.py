"""The signed-in user of a request, without touching the session of those who are not."""

from collections.abc import Mapping
from typing import Any

from flask import Flask, current_app, request
from flask_login import current_user
from werkzeug.http import parse_cookie

from app.models import User


def init_app(app: Flask) -> None:
    """Offer `visitor()` and `current_user` to templates.

    Flask-Login's own way would look the user up for every page, the one that says that the
    database is away included.
    """
    app.jinja_env.globals.update(visitor=visitor, current_user=current_user)


def carries_login() -> bool:
    """Say whether the request shows a session or remember-me cookie, or a bearer token."""
    return brings_login(request.environ, current_app.config)


def brings_login(environ: Mapping[str, Any], config: Mapping[str, Any]) -> bool:
    """Say the same of what the server has read, before Flask looks at it."""
    if "HTTP_AUTHORIZATION" in environ:
        return True
    if not (sent := environ.get("HTTP_COOKIE")):
        return False
    cookies = parse_cookie(sent)
    return config["SESSION_COOKIE_NAME"] in cookies or config["REMEMBER_COOKIE_NAME"] in cookies


def visitor() -> User | None:
    """Return the signed-in user; None, and no look at the session, for an anonymous reader."""
    if not carries_login() or not current_user.is_authenticated:
        return None
    user: User = current_user._get_current_object()
    return user
