"""How often a client may do what costs or annoys: one table, and the decorator made from it.

The counters live in Redis, or in the process while Redis is away (`app/ops/rate_limits.py`).
"""

from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from typing import Any, TypeVar, cast

from flask import Response, current_app, request
from flask_login import current_user

from app.extensions import limiter

View = TypeVar("View", bound=Callable[..., Any])

LIMITS = {
    "login": "10 per minute; 100 per hour",
    "login_account": "20 per hour",
    "register": "5 per minute; 30 per hour",
    "reset": "5 per minute; 20 per hour",
    "verify": "5 per minute; 20 per hour",
    "password": "10 per minute",
    "second_factor": "5 per minute; 30 per hour",
    "contact": "3 per minute; 20 per hour",
    "comment": "6 per minute; 60 per hour",
    "comment_network": "20 per minute; 200 per hour",
    "upload": "30 per minute",
    "preview": "120 per minute",
    "autosave": "60 per minute",
}
IPV6_PREFIX_BITS = 64
# Routes whose requests may be as large as documents are, with what a form needs besides.
DOCUMENT_ROUTES = ("uploads.document", "api.upload_document", "posts.send_file")
FORM_BYTES = 64 * 1024


def limit(
    name: str,
    *,
    key: Callable[[], str] | None = None,
    deduct_when: Callable[[Response], bool] | None = None,
) -> Callable[[View], View]:
    """Limit a view's POST requests to its row of the table.

    They are counted by the client's network, or by what `key` returns; with `deduct_when` only
    those whose answer it picks. Views that share a row share its counters.
    """

    def decorate(view: View) -> View:
        limited = limiter.shared_limit(
            LIMITS[name],
            scope=name,
            methods=["POST"],
            key_func=key or client_network,
            deduct_when=deduct_when,
        )(view)
        return cast(View, limited)

    return decorate


def allow_documents() -> None:
    """Let a request that brings a document be larger than others; before its form is read."""
    if request.endpoint in DOCUMENT_ROUTES:
        request.max_content_length = current_app.config["MAX_DOCUMENT_BYTES"] + FORM_BYTES


def client_network() -> str:
    """Return the client's IPv4 address, or the /64 of an IPv6 one: its owner has all of those."""
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return f"{int(address) >> IPV6_PREFIX_BITS:x}::/{IPV6_PREFIX_BITS}"


def signed_in_user() -> str:
    """Return a key for whoever is signed in."""
    return str(current_user.id)
