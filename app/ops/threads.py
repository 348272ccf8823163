"""Gunicorn's threaded worker, with its saturation measured."""

from time import perf_counter
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

from app import metrics


class MeasuredWorker(ThreadWorker):  # type: ignore[misc]  # Gunicorn carries no types.
    """Counts who waits for a thread, for how long, and how busy the threads are."""

    def init_process(self) -> None:
        """Say how many threads there are, then serve."""
        metrics.threads.set(self.cfg.threads)
        super().init_process()

    def notify(self) -> None:
        """Note the connections at each turn of the main loop."""
        super().notify()
        metrics.connections.set(self.nr_conns)

    def enqueue_req(self, conn: TConn) -> None:
        """Put a connection with a request in line for a thread."""
        conn.queued_at = perf_counter()
        metrics.requests_waiting.inc()
        super().enqueue_req(conn)

    def handle(self, conn: TConn) -> Any:
        """Serve a request in a thread."""
        started = perf_counter()
        metrics.requests_waiting.dec()
        metrics.request_wait_seconds.observe(started - conn.queued_at)
        metrics.threads_busy.inc()
        try:
            return super().handle(conn)
        finally:
            metrics.threads_busy.dec()
            metrics.threads_busy_seconds.inc(perf_counter() - started)
