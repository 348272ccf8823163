"""Whose work this is: the request's id, wherever its work is done.

The edge gives the id, log lines and SQL statements carry it, a message in the outbox keeps it for
the worker.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# At most 64 characters of A-Z a-z 0-9 . _ - (`app/ops/request_id.py` sees to it), else None.
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

# How to tell the present trace (W3C's traceparent): replaced where traces are recorded.
trace_source: Callable[[], str | None] = lambda: None  # noqa: E731


def traceparent() -> str | None:
    """Return the present trace and span, None where nothing is traced."""
    return trace_source()


@contextmanager
def following(known: str | None) -> Iterator[None]:
    """Do some work as part of the request that caused it."""
    token = request_id.set(known)
    try:
        yield
    finally:
        request_id.reset(token)
