"""Security headers of everything the application answers, errors included."""

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, request
from flask_talisman import Talisman

from app.ops import frame
from app.ops.frame import Exchange, Headers

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
# What Talisman does not know; nothing is kept unless its view said so.
OTHER_HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "credentialless",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}
HSTS_SECONDS = 365 * 24 * 3600
PROBE_HOSTS = ["localhost", "127.0.0.1", "[::1]"]


class Policy(Talisman):  # type: ignore[misc]  # Talisman has no types.
    """Talisman, asked once for each scheme what it adds to answers of views without own options.

    It would make every header anew for each answer, from options that never change.
    """

    def init_app(self, app: Flask, **options: Any) -> None:
        """Take the options, and make the headers of them."""
        super().init_app(app, **options)
        self.headers = {scheme: self.made_for(scheme) for scheme in ("http", "https")}

    def made_for(self, scheme: str) -> Headers:
        """Return the headers of answers over a scheme."""
        with self.app.test_request_context(base_url=f"{scheme}://localhost"):
            found = super()._set_response_headers(Response()).headers
        found.remove("Content-Type")
        return [*found.to_wsgi_list(), *OTHER_HEADERS.items()]

    def add(self, exchange: Exchange) -> None:
        """Add them to an answer."""
        add_missing(exchange.headers, self.headers[exchange.environ["wsgi.url_scheme"]])

    def _set_response_headers(self, response: Response) -> Response:
        view = self.app.view_functions.get(request.endpoint)
        if not hasattr(view, "talisman_view_options"):
            return response
        answer: Response = super()._set_response_headers(response)
        return answer

    def _make_nonce(self) -> None:
        """Make none: a nonce would differ in each copy of a page."""

    def _force_https(self) -> Any:
        if not self.force_https or request.environ["wsgi.url_scheme"] == "https":
            return None
        return super()._force_https()


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
    policy = Policy()
    policy.init_app(
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
    frame.of(app).endings.append(policy.add)


def add_missing(headers: Headers, wanted: Headers) -> None:
    """Add the headers that an answer does not have yet."""
    present = {name.lower() for name, _ in headers}
    headers += [pair for pair in wanted if pair[0].lower() not in present]
