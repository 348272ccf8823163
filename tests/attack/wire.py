"""Requests as no well-behaved client would make them."""

from flask import Flask, Response
from werkzeug.test import EnvironBuilder, run_wsgi_app


def get_path(app: Flask, path: str) -> Response:
    """Ask for a path exactly as it is, whatever it begins with."""
    environ = EnvironBuilder("/").get_environ()
    raw = path if path.startswith("/") else f"/{path}"
    environ["PATH_INFO"] = raw.encode("utf-8", "replace").decode("latin-1")
    environ["REQUEST_URI"] = environ["RAW_URI"] = environ["PATH_INFO"]
    with app.app_context():
        body, status, headers = run_wsgi_app(app, environ, buffered=True)
    return Response(body, status, headers)
