"""A connection pool that is measured: who is in, who waits, who gave up."""

import logging
import os
import re
from collections.abc import Callable
from time import monotonic, perf_counter
from typing import Any

from psycopg2 import extensions
from sqlalchemy import event
from sqlalchemy.engine import Engine, ExceptionContext
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection, QueuePool

from app import metrics
from app.correlation import only_asks

# SQLAlchemy logs each connection taken under the name of the pool's module.
logging.getLogger(__name__).setLevel(logging.WARNING)
# PostgreSQL's own default, and what it keeps for its superuser.
DEFAULT_LIMIT, RESERVED = 100, 3
SPARED, USED_AT = "ironpress.spared", "ironpress.used_at"
FRESH_SECONDS = 0.5  # Who has just answered lives.
STATEMENT_TIMEOUT = "57014"  # PostgreSQL's query_canceled.


def show_budget(part: str, processes: int, most: int) -> None:
    """Say what a part of the deployment may open, and what there is for all of them."""
    metrics.database_budget.labels(part).set(processes * most)
    limit = int(os.environ.get("MAX_CONNECTIONS") or DEFAULT_LIMIT)
    metrics.database_budget_limit.set(limit - RESERVED)


def show_budget_of_others() -> None:
    """Say what those parts may open that have no metrics: `OTHER_CONNECTIONS` of the deployment."""
    for part, most in re.findall(r"(\w+)=(\d+)", os.environ.get("OTHER_CONNECTIONS", "")):
        metrics.database_budget.labels(part).set(int(most))


pool_limit = metrics.pool_limit
in_use = metrics.database_connections.labels("in_use")
idle = metrics.database_connections.labels("idle")


class MeasuredPool(QueuePool):
    """Notes each connection taken and given back."""

    refuse: Callable[[], None] | None = None  # Raises while the database is left alone.

    def most(self) -> int:
        """Return how many connections the pool may open."""
        return self.size() + self._max_overflow

    def _do_get(self) -> ConnectionPoolEntry:
        if self.refuse:
            self.refuse()
        must_wait = self.checkedout() >= self.most()
        started = perf_counter()
        try:
            record = super()._do_get()
            if monotonic() - record.info.get(USED_AT, -FRESH_SECONDS) < FRESH_SECONDS:
                # It is not asked whether it lives: a round trip less.
                record.fresh = True  # type: ignore[attr-defined]
            return record
        except PoolTimeoutError:
            metrics.pool_timeouts.inc()
            raise
        finally:
            if must_wait:
                metrics.pool_wait_seconds.observe(perf_counter() - started)
            self.note()

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        record.info[USED_AT] = monotonic()
        super()._do_return_conn(record)
        self.note()

    def note(self) -> None:
        """Say how the pool stands."""
        pool_limit.set(self.most())
        in_use.set(self.checkedout())
        idle.set(self.checkedin())


@event.listens_for(Engine, "checkout")
def spare_transaction(
    connection: Any, record: ConnectionPoolEntry, _: PoolProxiedConnection
) -> None:
    """Have the driver begin no transaction for a request that only asks: two round trips less.

    Each statement of ours sees what is committed when it begins, inside a transaction or outside.
    """
    if only_asks.get() and isinstance(connection, extensions.connection):
        record.info[SPARED] = not connection.autocommit
        connection.autocommit = True


@event.listens_for(Engine, "checkin")
def expect_transaction(connection: Any, record: ConnectionPoolEntry) -> None:
    """Have the driver begin transactions again, where it did before."""
    if record.info.pop(SPARED, False) and connection is not None and not connection.closed:
        connection.autocommit = False


@event.listens_for(Engine, "connect")
def count_connect(_: DBAPIConnection, __: ConnectionPoolEntry) -> None:
    """Count a connection that was opened."""
    metrics.database_connects.inc()


@event.listens_for(Engine, "handle_error")
def count_error(context: ExceptionContext) -> None:
    """Count what is not a statement's own fault."""
    if getattr(context.original_exception, "pgcode", None) == STATEMENT_TIMEOUT:
        metrics.database_errors.labels("statement_timeout").inc()
    elif context.is_disconnect:
        metrics.database_errors.labels("disconnect").inc()
    elif isinstance(context.sqlalchemy_exception, OperationalError):
        metrics.database_errors.labels("operational").inc()
