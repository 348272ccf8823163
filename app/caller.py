"""Who calls the API: the owner of a bearer token, else of a session of the blog's own pages.

A token speaks for its owner under the API's addresses only; pages do not look at it, so that a
script's few rights stay few. A session speaks here too, but must bring the form token for whatever
changes something, which the guard in `app/access.py` sees to.
"""

from flask import request
from flask_babel import gettext as _
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from app.limits import client_network
from app.models import Permission, User
from app.services.tokens import authenticate_bearer
from app.visitor import visitor

REALM = "ironpress"
# What a token must grant for a method, besides what the route asks of its owner.
RIGHT_OF_METHOD = {
    "POST": Permission.CREATE,
    "PUT": Permission.UPDATE,
    "PATCH": Permission.UPDATE,
    "DELETE": Permission.UPDATE,
}
KEY = "ironpress.caller"


def is_api_request() -> bool:
    """Say whether a request is for the API, whose routes it may not even know."""
    return request.environ["PATH_INFO"].startswith("/api/") or request.blueprint == "uploads"


def caller() -> User | None:
    """Return who calls, None for nobody in particular; a token that is not good answers 401."""
    # Kept with the request: `g` outlives it where tests share an application context.
    if KEY not in request.environ:
        request.environ[KEY] = identify()
    user: User | None = request.environ[KEY]
    return user


def signed_in_caller() -> User:
    """Return who calls a route that the guard has kept everyone else from."""
    user = caller()
    if user is None:
        raise unauthorized(_("A token is needed."))
    return user


def calling_key() -> str:
    """Return a key for who calls: a user wherever he or she is, else the client's network."""
    user = caller()
    return f"user:{user.id}" if user else client_network()


def bears_token() -> bool:
    """Say whether a request brings a token, of whatever kind."""
    return "Authorization" in request.headers


def identify() -> User | None:
    """Find the caller."""
    if not bears_token():
        user = visitor()
        if user is not None:
            user.granted = type(user).granted
        return user
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        raise unauthorized(_("Send the token as “Authorization: Bearer …”."))
    user = authenticate_bearer(given.token)
    if user is None:
        raise unauthorized(_("The token is not valid, has expired or was revoked."))
    return user


def unauthorized(message: str) -> Unauthorized:
    """Return the error of a missing or bad token."""
    challenge = WWWAuthenticate("bearer", {"realm": REALM})
    return Unauthorized(message, www_authenticate=challenge)
