"""Gunicorn's threaded worker, with its saturation measured."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from time import perf_counter
from typing import Any

from gunicorn.glogging import Logger
from gunicorn.workers.gthread import TConn, ThreadWorker

from app import metrics
from app.ops import shedding

NOTE_SECONDS = 0.1
ENDING = {signal.SIGINT, signal.SIGTERM, signal.SIGQUIT}


class QuietLogger(Logger):  # type: ignore[misc]  # Gunicorn carries no types.
    """Writes no lines about requests, and does not word them: the application logs those."""

    def access(self, *_: Any) -> None:
        """Write nothing."""


class MeasuredWorker(ThreadWorker):  # type: ignore[misc]  # Gunicorn carries no types.
    """Counts who waits for a thread, for how long, and how busy the threads are.

    What changes with each request is noted ten times a second, with the heartbeat.
    """

    def init_process(self) -> None:
        """Say how many threads there are, then serve."""
        self.waiting: set[TConn] = set()
        self.busy: set[TConn] = set()
        self.busy_seconds, self.busy_lock = 0.0, Lock()
        self.note_at = 0.0
        self.most_waiting = self.app.wsgi().config["WEB_WAITING"]
        self.hurried = ThreadPoolExecutor(1, "hurried")
        self.hurrying: set[TConn] = set()
        metrics.threads.set(self.cfg.threads)
        super().init_process()

    def init_signals(self) -> None:
        """Handle signals as a worker does; those that came since the fork arrive now."""
        super().init_signals()
        let_signals_through()

    def notify(self) -> None:
        """Tell the arbiter that this process lives; note how busy it is."""
        now = perf_counter()
        if now >= self.note_at:
            self.note_at = now + NOTE_SECONDS
            super().notify()
            self.note()

    def note(self) -> None:
        """Put the numbers where Prometheus finds them."""
        metrics.connections.set(self.nr_conns)
        metrics.requests_waiting.set(len(self.waiting))
        metrics.threads_busy.set(len(self.busy))
        with self.busy_lock:
            seconds, self.busy_seconds = self.busy_seconds, 0.0
        metrics.threads_busy_seconds.inc(seconds)

    def run(self) -> None:
        """Serve until told to stop."""
        super().run()
        self.note()

    def enqueue_req(self, conn: TConn) -> None:
        """Put a connection with a request in line for a thread; send it away from a long one."""
        conn.queued_at = perf_counter()
        if len(self.waiting) < self.most_waiting:
            self.waiting.add(conn)
            super().enqueue_req(conn)
        elif len(self.hurrying) >= self.most_waiting and shedding.may_be_refused(conn.sock):
            metrics.requests_shed.inc()
            shedding.refuse(conn.sock)
            self.nr_conns -= 1
        else:
            self.hurrying.add(conn)
            shed = self.hurried.submit(self.hurry, conn)
            shed.add_done_callback(
                lambda done: self.method_queue.defer(self.finish_request, conn, done)
            )

    def hurry(self, conn: TConn) -> Any:
        """Answer without work."""
        self.hurrying.discard(conn)
        with shedding.hurrying():
            return self.closed(conn, super().handle(conn))

    def closed(self, conn: TConn, is_kept: Any) -> Any:
        """Close a connection that is not kept, and return whether it is.

        Gunicorn does so in the thread that takes connections, which then stands still until the
        other side has closed its end.
        """
        if is_kept is False:
            conn.is_closed = True
            conn.close(graceful=getattr(conn, "may_send_more", False))
        return is_kept

    def finish_request(self, conn: TConn, done: Any) -> None:
        """Count a connection that is closed out; go on with one that is kept."""
        if getattr(conn, "is_closed", False):
            self.nr_conns -= 1
        else:
            super().finish_request(conn, done)

    def handle_request(self, req: Any, conn: TConn) -> Any:
        """Answer a request, unless whoever asked has left while it waited."""
        conn.may_send_more = req.method not in ("GET", "HEAD")
        if shedding.has_left(conn.sock):
            metrics.requests_abandoned.inc()
            return False
        return super().handle_request(req, conn)

    def handle(self, conn: TConn) -> Any:
        """Serve a request in a thread."""
        started = perf_counter()
        self.waiting.discard(conn)
        metrics.request_wait_seconds.observe(started - conn.queued_at)
        self.busy.add(conn)
        try:
            return self.closed(conn, super().handle(conn))
        finally:
            self.busy.discard(conn)
            with self.busy_lock:
                self.busy_seconds += perf_counter() - started


def hold_signals() -> None:
    """Keep back the signals to end until the worker that is forked next can handle them.

    From the fork to `init_signals` it has the arbiter's handlers, which would note the signal for
    an arbiter that is not there; the worker would then have to be killed.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)


def let_signals_through() -> None:
    """Let the process have the signals that were kept back."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)


os.register_at_fork(after_in_parent=let_signals_through)
