"""Whose work this is: the request's id and its trace, wherever its work is done.

The edge gives the id, log lines and SQL statements carry it, a message in the outbox keeps it for
the worker. Spans of a trace are recorded where `app/ops/tracing.py` is switched on; here is what
the rest of the application needs of it, which costs nothing while it is off.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any, Protocol

# At most 64 characters of A-Z a-z 0-9 . _ - (`app/ops/request_id.py` sees to it), else None.
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
# Whether the request reads a page for someone who is not logged in: there is no session, no form
# token and no limit to think of (`app/ops/frame.py` sets it).
plain_read: ContextVar[bool] = ContextVar("plain_read", default=False)
# Whether what follows only asks the database: it needs no transaction around its statements.
only_asks: ContextVar[bool] = ContextVar("only_asks", default=False)


class Tracer(Protocol):
    """What records spans."""

    def span(
        self, name: str, parent: str | None, attributes: dict[str, Any]
    ) -> AbstractContextManager[Any]:
        """Record a span around some work; see `span` below."""

    def traceparent(self) -> str | None:
        """Return the present trace and span; see `traceparent` below."""


tracer: Tracer | None = None


def span(name: str, *, parent: str | None = None, **attributes: Any) -> AbstractContextManager[Any]:
    """Record some work as a part of the present trace, or of `parent`'s (W3C's traceparent)."""
    return tracer.span(name, parent, attributes) if tracer else nullcontext()


def traceparent() -> str | None:
    """Return the present trace and span in W3C's form, None where nothing is traced."""
    return tracer.traceparent() if tracer else None


@contextmanager
def following(known: str | None) -> Iterator[None]:
    """Do some work as part of the request that caused it."""
    token = request_id.set(known)
    try:
        yield
    finally:
        request_id.reset(token)
