"""Notices that PostgreSQL is away or hangs, and has requests fail at once until it is back.

    connecting fails ───────────────────────▶ breaker opens ─▶ 503, or an old copy, at once
    a statement waits for long, the probe too ─┘   │
                                                   ▼
                      every half second a probe ─▶ answers ─▶ breaker closes

Only the probe, a thread that lives no longer than the outage, goes on asking. PostgreSQL's own
time-outs do not help against a server that is frozen or cut off, and neither do the kernel's: so
psycopg2 waits by `wait` below, which never waits without an end.
"""

import select
import threading
import time
from typing import Any

import psycopg2
from flask import Flask
from psycopg2 import extensions
from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import OperationalError

from app import metrics
from app.extensions import db
from app.ops.breaker import Breaker

PATIENCE_SECONDS = 0.5  # After this the probe looks whether the database is there.
LOOK_SECONDS = 0.1
PAUSE_SECONDS = 0.5
CONNECTED = (extensions.STATUS_READY, extensions.STATUS_BEGIN, extensions.STATUS_PREPARED)
# An answer all the same: who has a connection can go on.
FULL = ("too many clients", "remaining connection slots", "too many connections")


class LeftAlone(OperationalError):
    """Stands for a connection that was not asked for, since the database is away."""

    def __init__(self) -> None:
        super().__init__(None, None, Exception("the database is away"))


class NoAnswerError(psycopg2.OperationalError):  # type: ignore[misc]  # It carries no types.
    """Says that a wait was given up."""


class Watch:
    """Watches the database of one process."""

    def __init__(self, engine: Engine, connect_args: dict[str, Any], config: Any) -> None:
        self.engine = engine
        _, arguments = engine.dialect.create_connect_args(engine.url)
        self.arguments = {**arguments, **connect_args}
        self.connect_seconds: float = config["DATABASE_CONNECT_TIMEOUT"]
        # The server's own time-out comes first wherever there is a server.
        self.statement_seconds = config["DATABASE_STATEMENT_TIMEOUT"] / 1000 + 1
        self.breaker = Breaker(
            "PostgreSQL", metrics.database_breaker_open, metrics.database_breaker_openings
        )
        self.answered_at = 0.0
        self._lock = threading.Lock()
        self._probe: threading.Thread | None = None

    def refuse_when_open(self) -> None:
        """Raise `LeftAlone` while the breaker is open."""
        if self.breaker.is_open:
            metrics.database_breaker_refusals.inc()
            raise LeftAlone

    def note_failure(self, context: ExceptionContext) -> None:
        """Open the breaker when no connection could be made."""
        error = context.original_exception
        if (
            context.connection is None
            and not context.is_pre_ping
            and isinstance(error, psycopg2.OperationalError)
            and not is_full(error)
        ):
            if not isinstance(error, NoAnswerError):  # A slow one is for the probe to judge.
                self.breaker.open(words_of(error))
            self.suspect()

    def suspect(self) -> None:
        """Have the probe look after the database, unless it does so already."""
        with self._lock:
            if self._probe is None:
                self._probe = threading.Thread(target=self.run, name="database probe", daemon=True)
                self._probe.start()

    def run(self) -> None:
        """Probe until the database answers."""
        while error := self.probe():
            self.breaker.open(words_of(error))
            time.sleep(PAUSE_SECONDS)
        with self._lock:
            self.breaker.close()
            self._probe = None

    def probe(self) -> psycopg2.Error | None:
        """Return what is wrong with the database; None when it answers anybody."""
        started = time.monotonic()
        patient.until = started + self.connect_seconds
        try:
            connection = psycopg2.connect(**self.arguments)
            try:
                connection.cursor().execute("SELECT 1")
            finally:
                connection.close()
        except psycopg2.Error as error:
            # A busy one may be slow to let the probe in, and yet do all the work.
            is_slow = isinstance(error, NoAnswerError) and self.answered_at > started
            return None if is_slow or is_full(error) else error
        finally:
            patient.until = None
        return None

    def wait(self, connection: Any) -> None:
        """Wait until a connection has its answer: psycopg2's wait callback."""
        if (state := connection.poll()) == extensions.POLL_OK:
            self.answered_at = time.monotonic()
            return
        started = time.monotonic()
        is_connecting = connection.status not in CONNECTED
        seconds = self.connect_seconds if is_connecting else self.statement_seconds
        until = getattr(patient, "until", None) or started + seconds
        while state != extensions.POLL_OK:
            # Asked too early, the driver takes a connection on its way for one that is there.
            if is_ready(connection, state):
                state = connection.poll()
            else:
                self.look(started, until)
        self.answered_at = time.monotonic()

    def look(self, started: float, until: float) -> None:
        """Give up a wait that has no prospect; the driver closes the connection then."""
        now = time.monotonic()
        if now >= until:
            raise NoAnswerError("no answer within the time-out")
        if now - started < PATIENCE_SECONDS or threading.current_thread() is self._probe:
            return
        if self.breaker.is_open:
            raise NoAnswerError("no answer, and the database is away")
        self.suspect()


# How long the probe's own thread waits.
patient = threading.local()


def is_ready(connection: Any, state: int) -> bool:
    """Wait a moment for a connection's socket and say whether it is ready."""
    poller = select.poll()
    wanted = select.POLLIN if state == extensions.POLL_READ else select.POLLOUT
    poller.register(connection.fileno(), wanted)
    return bool(poller.poll(LOOK_SECONDS * 1000))


def words_of(error: psycopg2.Error) -> str:
    """Return what an error says, in its first line."""
    return str(error).strip().partition("\n")[0]


def is_full(error: Exception) -> bool:
    """Say whether the server only has no connection left."""
    return any(words in str(error) for words in FULL)


def start(app: Flask) -> None:
    """Watch the database from here on; for the processes that serve, after they were forked."""
    with app.app_context():
        engine = db.engine
    if engine.dialect.name != "postgresql":
        return
    options = app.config["SQLALCHEMY_ENGINE_OPTIONS"]
    watch = Watch(engine, options["connect_args"], app.config)
    app.extensions["database_watch"] = watch
    engine.pool.refuse = watch.refuse_when_open  # type: ignore[attr-defined]
    event.listen(engine, "do_connect", lambda *_: watch.refuse_when_open())
    event.listen(engine, "handle_error", watch.note_failure)
    extensions.set_wait_callback(watch.wait)


def is_away(app: Flask) -> bool:
    """Say whether the database is being left alone."""
    watch: Watch | None = app.extensions.get("database_watch")
    return watch is not None and watch.breaker.is_open
