"""Refuses what another site's page makes a browser send, whatever form token it carries.

Browsers say by themselves where a request comes from, and no page can change that. Programs say
nothing, and bring a token of their own.
"""

from urllib.parse import urlsplit

from flask import Flask, abort, current_app, request

from app.caller import bears_token, is_api_request
from app.visitor import carries_login

READING = ("GET", "HEAD", "OPTIONS")
OWN_SITES = ("same-origin", "none")


def init_app(app: Flask) -> None:
    """Look at every request that may change something."""
    app.before_request(refuse)


def refuse() -> None:
    """Answer 403 to a form of another site, and to its use of a session in the API."""
    if request.method in READING or bears_token() or not comes_from_elsewhere():
        return
    # Whom CORS_ORIGINS lets in may still ask for a token; nothing of a visitor goes with that.
    if not is_api_request() or carries_login():
        abort(403)


def comes_from_elsewhere() -> bool:
    """Say whether the browser names another site as the origin; old ones only send Origin."""
    if site := request.headers.get("Sec-Fetch-Site"):
        return site not in OWN_SITES
    origin = request.headers.get("Origin")
    own_hosts = (request.host, urlsplit(current_app.config["SITE_URL"]).netloc)
    return origin is not None and urlsplit(origin).netloc not in own_hosts
