"""Gives every request an id and every answer the time it took."""

import re
from random import getrandbits

from flask import Flask

from app import correlation
from app.ops import frame
from app.ops.frame import Exchange

HEADER = "X-Request-ID"
ACCEPTABLE = re.compile(r"[A-Za-z0-9._-]{8,64}")


def init_app(app: Flask) -> None:
    """Mark requests and answers."""
    frame.of(app).beginnings.append(take)
    frame.of(app).endings.append(mark)


def take(exchange: Exchange) -> None:
    """Take the proxy's id where it has the form of one, else make one."""
    given = exchange.environ.get("HTTP_X_REQUEST_ID", "")
    exchange.request_id = given if ACCEPTABLE.fullmatch(given) else f"{getrandbits(128):032x}"
    correlation.request_id.set(exchange.request_id)


def mark(exchange: Exchange) -> None:
    """Add the id and the seconds spent, such as `0.0042s`."""
    exchange.headers += (
        (HEADER, exchange.request_id),
        ("X-Response-Time", f"{exchange.seconds:.4f}s"),
    )
