"""Gives every request an id and every answer the time it took."""

import re
import time
import uuid

from flask import Flask, Response, g, request

from app import correlation

HEADER = "X-Request-ID"
ACCEPTABLE = re.compile(r"[A-Za-z0-9._-]{8,64}")


def init_app(app: Flask) -> None:
    """Mark requests and answers."""
    app.before_request(start)
    app.after_request(mark)
    app.teardown_request(end)


def start() -> None:
    """Note the time; take the proxy's id where it has the form of one, else make one."""
    g.started_at = time.perf_counter()
    given = request.headers.get(HEADER, "")
    g.request_id = given if ACCEPTABLE.fullmatch(given) else uuid.uuid4().hex
    correlation.request_id.set(g.request_id)


def mark(response: Response) -> Response:
    """Add the id and the seconds spent, such as `0.0042s`."""
    response.headers[HEADER] = g.request_id
    response.headers["X-Response-Time"] = f"{time.perf_counter() - g.started_at:.4f}s"
    return response


def end(_: BaseException | None) -> None:
    """Forget the id: what the thread does next belongs to someone else."""
    correlation.request_id.set(None)
