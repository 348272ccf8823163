"""Gunicorn's threaded worker, with its saturation measured and its threads kept out of queues.

    main thread: accept ─▶ line ─▶ a thread: read, answer, close or hand to the poller
         ▲                                                                   │
         └───────────────── a kept connection has its next request ◀─────────┘

Gunicorn's threads give each connection back to the main thread, through a pipe; here they end it
themselves. See `app/ops/connections.py` for why each call of the kernel counts.
"""

import os
import selectors
import signal
from collections import deque
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from threading import Lock, Thread
from time import monotonic, perf_counter
from typing import Any

from gunicorn import util
from gunicorn.glogging import Logger
from gunicorn.http import wsgi
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, ThreadWorker

from app import metrics
from app.ops import shedding
from app.ops.connections import Answer, Connection, Socket

NOTE_SECONDS = 0.1
PATIENCE_SECONDS = 0.01  # Who waited for less has hardly left.
Wakes = Callable[[Connection, Any], None]
ENDING = {signal.SIGINT, signal.SIGTERM, signal.SIGQUIT}


class QuietLogger(Logger):  # type: ignore[misc]  # Gunicorn carries no types.
    """Writes no lines about requests, and does not word them: the application logs those."""

    def access(self, *_: Any) -> None:
        """Write nothing."""


class Threads:
    """Threads that work off a line of connections; of an executor what Gunicorn asks for."""

    def __init__(self, count: int, name: str, work: Callable[[Connection], None]) -> None:
        self.line: SimpleQueue[Connection | None] = SimpleQueue()
        self.count, self.work = count, work
        for number in range(count):
            Thread(target=self.run, name=f"{name}_{number}", daemon=True).start()

    def run(self) -> None:
        """Work until told to stop."""
        while (conn := self.line.get()) is not None:
            self.work(conn)

    def shutdown(self, wait: bool = True) -> None:
        """Stop each thread after its work; nobody waits for them."""
        for _ in range(self.count):
            self.line.put(None)


class MeasuredWorker(ThreadWorker):  # type: ignore[misc]  # Gunicorn carries no types.
    """Counts who waits for a thread, for how long, and how busy the threads are.

    What changes with each request is noted ten times a second, with the heartbeat.
    """

    alive: bool

    def init_process(self) -> None:
        """Say how many threads there are, then serve."""
        self.waiting: set[Connection] = set()
        self.busy: set[Connection] = set()
        self.busy_seconds, self.busy_lock = 0.0, Lock()
        self.note_at = 0.0
        self.most_waiting = self.app.wsgi().config["WEB_WAITING"]
        self.hurrying: set[Connection] = set()
        self.ended: deque[Connection] = deque()  # By threads, and not counted out yet.
        # Gunicorn's settings look themselves up in a table each time they are asked for.
        settings = {name: each.get() for name, each in self.cfg.settings.items()}
        self.cfg.__dict__.update(settings)
        self.addresses = {listener: listener.getsockname() for listener in self.sockets}
        metrics.threads.set(self.cfg.threads)
        super().init_process()

    def get_thread_pool(self) -> Threads:
        """Start the threads, and the one that sends away."""
        self.hurried = Threads(1, "hurried", self.hurry)
        return Threads(self.cfg.threads, "request", self.serve)

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

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Do what has come, or wait for it; count out what threads have ended meanwhile."""
        super().wait_for_and_dispatch_events(timeout)
        while self.ended:
            self.ended.popleft()
            self.nr_conns -= 1

    def accept(self, listener: Any) -> None:
        """Take a connection, if no other worker was faster."""
        try:
            sock, client = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        self.nr_conns += 1
        self.enqueue_req(Connection(self.cfg, Socket.of(sock), client, self.addresses[listener]))

    def enqueue_req(self, conn: Connection) -> None:
        """Put a connection with a request in line for a thread; send it away from a long one."""
        conn.queued_at = perf_counter()
        if len(self.waiting) < self.most_waiting:
            self.waiting.add(conn)
            self.tpool.line.put(conn)
        elif len(self.hurrying) >= self.most_waiting and shedding.may_be_refused(conn.sock):
            metrics.requests_shed.inc()
            shedding.refuse(conn.sock)
            self.ended.append(conn)
        else:
            self.hurrying.add(conn)
            self.hurried.line.put(conn)

    def hurry(self, conn: Connection) -> None:
        """Answer without work."""
        self.hurrying.discard(conn)
        with shedding.hurrying():
            self.answer(conn)

    def serve(self, conn: Connection) -> None:
        """Serve a request in a thread."""
        started = perf_counter()
        self.waiting.discard(conn)
        conn.waited = started - conn.queued_at
        metrics.request_wait_seconds.observe(conn.waited)
        self.busy.add(conn)
        self.answer(conn)
        self.busy.discard(conn)
        with self.busy_lock:
            self.busy_seconds += perf_counter() - started

    def answer(self, conn: Connection) -> None:
        """Answer the request of a connection; then close it, or wait for what comes next."""
        try:
            is_kept = self.handle(conn)
            if is_kept is True and conn.has_more():
                self.enqueue_req(conn)
            elif is_kept is True:
                self.wait_for(conn, self.keepalived_conns, self.on_client_socket_readable)
            elif is_kept and self.alive:  # Nothing has come of it yet.
                self.wait_for(conn, self.pending_conns, self.on_pending_socket_readable)
            else:
                self.end(conn)
        except BaseException:  # The thread goes on, whatever a view has raised.
            self.log.exception("A connection is given up.")
            self.end(conn)

    def handle_request(self, req: Any, conn: Connection) -> bool:
        """Answer a request, unless whoever asked has left while it waited; say whether to go on.

        Does what Gunicorn's does without hooks and access log, of which we have none.
        """
        conn.may_send_more = req.method not in ("GET", "HEAD")
        if conn.waited > PATIENCE_SECONDS and shedding.has_left(conn.sock):
            metrics.requests_abandoned.inc()
            return False
        answer, environ = wsgi.create(
            req, conn.sock, conn.client, conn.server, self.cfg, response_class=Answer
        )
        environ["wsgi.multithread"] = True
        self.nr += 1
        if self.nr >= self.max_requests and self.alive:
            self.log.info("Autorestarting worker after current request.")
            self.alive = False
        if not self.alive or len(self.keepalived_conns) >= self.max_keepalived:
            answer.force_close()
        try:
            self.send(answer, self.wsgi(environ, answer.start_response))
        except (Exception, SystemExit) as error:
            if isinstance(error, OSError) or not answer.headers_sent:
                raise
            # A second answer in the first would be read as a part of it.
            self.log.exception("Error handling request")
            util.close_graceful(conn.sock)
            raise StopIteration from error
        return not answer.should_close()

    def send(self, answer: Answer, body: Any) -> None:
        """Send what the application gives, as it comes."""
        try:
            if isinstance(body, wsgi.FileWrapper):
                answer.write_file(body)
            else:
                for part in body:
                    answer.write(part)
            answer.close()
        finally:
            if hasattr(body, "close"):
                body.close()

    def _keepalive_after(self, conn: Connection, keepalive: Any) -> bool:
        """Say whether a connection may be kept; where no body is, none has to be read off."""
        body = conn.parser.mesg.body
        if keepalive and not body.failed and getattr(body.reader, "length", None) == 0:
            return True
        return bool(super()._keepalive_after(conn, keepalive))

    def wait_for(self, conn: Connection, line: deque[Connection], then: Wakes) -> None:
        """Let the main thread see when a connection has a request; not for ever."""
        conn.set_timeout()
        line.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(then, conn))
        if not self.alive:
            conn.timeout = min(conn.timeout, monotonic() + STOP_KEEPALIVE_LINGER)
            self.wake()

    def _cap_keepalive(self, deadline: float) -> None:
        """Let no kept connection wait longer; threads may add to them meanwhile."""
        for conn in list(self.keepalived_conns):
            conn.timeout = min(conn.timeout, deadline)

    def end(self, conn: Connection) -> None:
        """Close a connection; the main thread counts it out when it comes by.

        Gunicorn does so in the thread that takes connections, which then stands still until the
        other side has closed its end.
        """
        conn.close(graceful=conn.may_send_more)
        self.ended.append(conn)
        if not (self.alive and self._accepting):  # It waits for just that.
            self.wake()

    def wake(self) -> None:
        """Let the main thread look around."""
        self.method_queue.defer(int)


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
