"""Lets pages of the origins in CORS_ORIGINS call the API; none may unless it is set.

Cookies are never let through: such a page brings a token.
"""

from flask import Flask, Response, current_app, request

from app.caller import is_api_request

METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
REQUEST_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match"
RESPONSE_HEADERS = (
    "ETag, Link, Location, Retry-After, RateLimit, RateLimit-Policy, X-Request-ID, "
    "Idempotent-Replayed"
)
PREFLIGHT_SECONDS = 3600


def init_app(app: Flask) -> None:
    """Mark the answers of the API, errors included."""
    app.after_request(allow)


def allow(response: Response) -> Response:
    """Name the origin that asks, if it is one of those."""
    allowed = [origin for origin in current_app.config["CORS_ORIGINS"].split(",") if origin]
    if not allowed or not is_api_request():
        return response
    origin = request.headers.get("Origin")
    if "*" not in allowed:
        response.vary.add("Origin")
    if origin is None or not ("*" in allowed or origin in allowed):
        return response
    response.headers["Access-Control-Allow-Origin"] = "*" if "*" in allowed else origin
    response.headers["Access-Control-Expose-Headers"] = RESPONSE_HEADERS
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
        response.headers["Access-Control-Allow-Methods"] = METHODS
        response.headers["Access-Control-Allow-Headers"] = REQUEST_HEADERS
        response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
    return response
