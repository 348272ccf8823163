"""Log lines on standard output: JSON with ECS field names, or text for people."""

import logging
import sys
from typing import Any

import ecs_logging
from flask import Flask, Response, g, has_request_context, request

from app.visitor import carries_login

access_log = logging.getLogger("ironpress.access")


class RequestContext(logging.Filter):
    """Adds the request's id to every line that is written while one is served."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add the field; keep the line."""
        request_id = g.get("request_id") if has_request_context() else None
        if request_id:
            record.__dict__.setdefault("http.request.id", request_id)
        return True


def init_app(app: Flask) -> None:
    """Log in the configured form; one line for each request where wanted."""
    if not app.config["TESTING"]:
        configure(app.config["LOG_LEVEL"], app.config["LOG_FORMAT"])
    if app.config["LOG_REQUESTS"]:
        app.after_request(log_request)


def configure(level: str, form: str) -> None:
    """Send every logger's lines to standard output in one form."""
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(RequestContext())
    if form == "json":
        handler.setFormatter(
            ecs_logging.StdlibFormatter(exclude_fields=["process", "log.original"])
        )
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)


def log_request(response: Response) -> Response:
    """Write what was asked and answered; never the query or what else may hold a token.

    Probes that succeed are not worth a line each.
    """
    if request.path.startswith("/healthz/") and response.status_code == 200:
        return response
    path = logged_path()
    fields: dict[str, Any] = {
        "http.request.method": request.method,
        "url.path": path,
        "http.response.status_code": response.status_code,
        "event.duration_text": response.headers.get("X-Response-Time"),
        "client.address": request.remote_addr,
        "user.signed_in": carries_login(),
    }
    access_log.info("%s %s %d", request.method, path, response.status_code, extra=fields)
    return response


def logged_path() -> str:
    """Return the path asked for; the route's pattern where the path itself holds a token."""
    if request.url_rule and "token" in (request.view_args or {}):
        return request.url_rule.rule
    return request.path
