"""Security headers of everything the application answers, errors included."""

from urllib.parse import urlsplit

from flask import Flask, Response
from flask_talisman import Talisman

# One policy for every page: scripts and styles are files of our own, so that pages can be cached
# (a nonce would differ in each copy). Imported articles may show pictures from elsewhere.
CONTENT_SECURITY_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' https: data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
PERMISSIONS_POLICY = {
    feature: "()"
    for feature in ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
}
CROSS_ORIGIN_HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "credentialless",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HSTS_SECONDS = 365 * 24 * 3600
PROBE_HOSTS = ["localhost", "127.0.0.1", "[::1]"]


def init_app(app: Flask) -> None:
    """Set cookies, hosts and headers; redirect to HTTPS where readers come by it."""
    https = app.config["HTTPS"]
    prefix = "__Host-" if https else ""
    app.config.update(
        SESSION_COOKIE_NAME=f"{prefix}session",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_PATH="/",
        REMEMBER_COOKIE_NAME=f"{prefix}remember",
        REMEMBER_COOKIE_SECURE=https,
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SAMESITE="Lax",
        REMEMBER_COOKIE_DURATION=app.config["SESSION_DAYS"] * 24 * 3600,
        PERMANENT_SESSION_LIFETIME=app.config["SESSION_DAYS"] * 24 * 3600,
    )
    if https:
        app.config["TRUSTED_HOSTS"] = [urlsplit(app.config["SITE_URL"]).netloc, *PROBE_HOSTS]
    # An instance of its own: Talisman keeps its options in itself, not in the application.
    Talisman().init_app(
        app,
        force_https=https,
        force_https_permanent=True,
        session_cookie_secure=https,
        session_cookie_samesite="Lax",
        frame_options="DENY",
        strict_transport_security=https,
        strict_transport_security_max_age=HSTS_SECONDS,
        content_security_policy=CONTENT_SECURITY_POLICY,
        permissions_policy=PERMISSIONS_POLICY,
        referrer_policy="strict-origin-when-cross-origin",
    )
    app.after_request(add_cross_origin_headers)


def add_cross_origin_headers(response: Response) -> Response:
    """Add the headers that Talisman does not know; nothing is kept unless its view said so."""
    for name, value in CROSS_ORIGIN_HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "private, no-store")
    return response
