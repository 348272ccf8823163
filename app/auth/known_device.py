"""Remembers, in a signed cookie, who has logged in from a browser before.

Wrong logins are counted by account, so that nobody can try passwords from many addresses. Were
that all, anyone could lock an account's owner out. A browser that the owner has logged in from, or
set a new password in, is counted for itself.
"""

import hashlib
import secrets

from flask import after_this_request, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from app.models import User
from app.services.account_rules import one_spelling

COOKIE = "known_device"
YEAR_SECONDS = 365 * 24 * 3600
MOST_NAMES = 10


def remember_device(user: User) -> None:
    """Note in the answer's cookie that this browser is the user's."""
    device, names = read_cookie()
    mine = [name_hash(user.username), name_hash(user.email)]
    kept = [name for name in names if name not in mine]
    value = serializer().dumps([device or secrets.token_hex(8), (mine + kept)[:MOST_NAMES]])

    @after_this_request
    def set_cookie(response: Response) -> Response:
        response.set_cookie(
            cookie_name(),
            str(value),
            max_age=YEAR_SECONDS,
            path="/auth",
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Lax",
        )
        return response


def login_key() -> str:
    """Return what wrong logins are counted by: the account, and the browser if it is known."""
    name = name_hash(request.form.get("username", ""))
    device, names = read_cookie()
    return f"{name}:{device}" if name in names else name


def read_cookie() -> tuple[str, list[str]]:
    """Return the id of this browser and the hashed names of those who logged in here."""
    try:
        device, names = serializer().loads(request.cookies.get(cookie_name(), ""))
    except (BadSignature, ValueError):
        return "", []
    return str(device), list(names)


def cookie_name() -> str:
    """Return a name that browsers take from HTTPS only, where readers come by it."""
    return f"__Secure-{COOKIE}" if current_app.config["SESSION_COOKIE_SECURE"] else COOKIE


def name_hash(name: str) -> str:
    """Return a short key for what a login form names, which may be any text."""
    return hashlib.sha256(one_spelling(name).encode("utf-8", "replace")).hexdigest()


def serializer() -> URLSafeSerializer:
    """Return the signer of the cookie."""
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="known-device")
