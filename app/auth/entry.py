"""Opening and closing a browser's session, and what lies between password and code."""

import time
from typing import Any

from flask import current_app, request, session, url_for
from flask_login import login_user, logout_user

from app.auth.known_device import remember_device
from app.extensions import db
from app.models import User
from app.services import credentials, sessions
from app.visitor import visitor

PENDING = "pending"
PENDING_SECONDS = 300


def start_session(user: User, *, remember: bool) -> None:
    """Log a user in with a session that holds nothing of an earlier one."""
    end_recorded_session()
    session.clear()
    sessions.start(user=user, address=request.remote_addr or "", agent=request.user_agent.string)
    login_user(user, remember=remember)
    remember_device(user)
    if not remember and remembered():
        # Else the cookie of whoever was remembered here would log that user in later.
        session["_remember"] = "clear"


def end_session() -> None:
    """Forget the user, the remember-me cookie and whatever else the session held."""
    end_recorded_session()
    logout_user()
    # Flask-Login notes in the session that the remember-me cookie has to go.
    for name in [name for name in session if name != "_remember"]:
        del session[name]


def end_recorded_session() -> None:
    """Make the cookies worthless that this request came with, copies of them included."""
    if user := visitor():
        sessions.end_one(user=user, key=user.session_key)


def remembered() -> bool:
    """Say whether the browser holds a remember-me cookie, valid or not."""
    return current_app.config["REMEMBER_COOKIE_NAME"] in request.cookies


def ask_for_code(user: User, *, remember: bool, target: str) -> None:
    """Note, in the signed session, whose password was right a moment ago."""
    session.clear()
    session[PENDING] = {
        "user": user.id,
        "password": credentials.fingerprint(user),
        "remember": remember,
        "target": target,
        "since": int(time.time()),
    }


def pending_login() -> dict[str, Any] | None:
    """Return what was noted, unless it is too old."""
    noted: dict[str, Any] | None = session.get(PENDING)
    if noted and 0 <= time.time() - noted["since"] <= PENDING_SECONDS:
        return noted
    return None


def pending_user(noted: dict[str, Any]) -> User | None:
    """Return whose code is waited for; None where account or password changed meanwhile."""
    user = db.session.get(User, noted["user"])
    if user is None or not user.is_active or credentials.fingerprint(user) != noted["password"]:
        return None
    return user


def landing_page(user: User, target: str) -> str:
    """Return where a user goes after the login."""
    return target if user.is_verified else url_for("auth.profile")
