"""Tells the audit log from where a request came."""

from flask import Flask, request

from app.services import audit


def init_app(app: Flask) -> None:
    """Note the client's address before every request."""
    app.before_request(note)


def note() -> None:
    """Keep the address; services know nothing of requests."""
    audit.origin.set(request.remote_addr or "")
