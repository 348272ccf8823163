"""Log lines on standard output: JSON with ECS field names, or text for people.

record ── flood? ──▶ count it
   │
   ▼
request's id, redaction ──▶ one line
"""

import logging
import os
import re
import sys
import threading
import time
import traceback
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

import orjson
from flask import Flask

from app import correlation, metrics
from app.ops import frame
from app.ops.frame import Exchange
from app.ops.log_flood import FloodFilter
from app.ops.log_secrets import BLOT, blotted, own_secrets, sent_values
from app.version import VERSION

STACK_FRAMES = 50
# What looks like a link's token in an address that no route knows.
TOKEN = re.compile(r"(?=[^/]*[A-Z])(?=[^/]*[0-9])[^/]{20,}")
# What moves a terminal's cursor, ends a line or turns its letters over; JSON leaves it as it is.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
# What every record has; the rest was given by `extra`.
PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

access_log = logging.getLogger("ironpress.access")
ACCESS_DEFAULTS = vars(
    logging.makeLogRecord({"name": access_log.name, "levelno": logging.INFO, "levelname": "INFO"})
)
uncaught = logging.getLogger("ironpress.uncaught")


class AccessRecord(logging.LogRecord):
    """An answered request; made without a look at the stack, the thread and the file."""

    fields: dict[str, Any]

    def __init__(self, message: str, fields: dict[str, Any]) -> None:
        created = time.time()
        self.__dict__ |= ACCESS_DEFAULTS
        self.__dict__ |= {"msg": message, "fields": fields, "process": os.getpid()}
        self.created, self.msecs = created, created % 1 * 1000


def escaped(line: str) -> str:
    """Return a line that does nothing but stand there."""
    if line.isascii() and line.isprintable():
        return line  # As nearly all are; it takes a tenth of the time to see that.
    return CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", line)


@lru_cache(maxsize=2)
def moment(seconds: int) -> str:
    """Return a time (Unix seconds) as the lines of that second have it."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"


class SafeFormatter(logging.Formatter):
    """Text for people, without secrets."""

    secrets: tuple[str, ...] = ()

    def hidden(self, record: logging.LogRecord) -> tuple[str, ...]:
        """Return what must not be in a line; the access log's are worded by us alone."""
        return self.secrets if record.name == access_log.name else self.secrets + sent_values()

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return escaped(blotted(super().format(record), self.hidden(record)))


class JsonFormatter(SafeFormatter):
    """One JSON object a line; names with dots are ECS's, and not nested."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self.service = service

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        if isinstance(record, AccessRecord):
            return self.access_line(record)
        hidden = self.hidden(record)
        fields = self.common_fields(record, blotted(record.getMessage(), hidden))
        for name, value in vars(record).items():
            if name not in PLAIN and value is not None:
                fields[name] = blotted(value, hidden) if isinstance(value, str) else value
        if record.exc_info and record.exc_info[0]:
            kind, error, trace = record.exc_info
            lines = traceback.format_exception(kind, error, trace, limit=STACK_FRAMES)
            fields["error.type"] = kind.__name__
            fields["error.message"] = blotted(str(error), hidden)
            fields["error.stack_trace"] = blotted("".join(lines), hidden)
        return escaped(orjson.dumps(fields, default=str).decode())

    def access_line(self, record: AccessRecord) -> str:
        """Return the line of an answered request, which is worded by us but for the path."""
        line = orjson.dumps(self.common_fields(record, record.msg) | record.fields).decode()
        for secret in self.secrets:
            if secret in line:
                line = line.replace(secret, BLOT)
        return escaped(line)

    def common_fields(self, record: logging.LogRecord, message: str) -> dict[str, Any]:
        """Return what every line has."""
        seconds = int(record.created)
        fields: dict[str, Any] = {
            "@timestamp": f"{moment(seconds)}.{int(1000 * (record.created - seconds)):03d}Z",
            "log.level": record.levelname.lower(),
            "message": message,
            "service.name": self.service,
            "service.version": VERSION,
            "process.pid": record.process,
            "log.logger": record.name,
        }
        if request_id := correlation.request_id.get():
            fields["http.request.id"] = request_id
        if present := correlation.traceparent():
            _, fields["trace.id"], fields["span.id"], _ = present.split("-")
        return fields


class NoLock(nullcontext[None]):
    """Stands where Python wants a lock and none is needed."""

    def acquire(self) -> None:
        """Take nothing."""

    def release(self) -> None:
        """Give nothing back."""


class Handler(logging.StreamHandler[Any]):
    """Writes each line by one call, and counts it.

    A pipe or file takes up to 4 KiB of one call whole, so that no thread has to wait for another.
    """

    def __init__(self, stream: Any) -> None:
        super().__init__(stream)
        try:
            self.descriptor = stream.fileno()
        except OSError:  # It is kept in memory.
            self.descriptor = None

    def createLock(self) -> None:
        """Need none."""
        self.lock = NoLock()  # type: ignore[assignment]

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line."""
        try:
            self.write(f"{self.format(record)}\n")
        except Exception:  # As every handler does; a line that can't be written ends nothing.
            self.handleError(record)
        lines_of(record.levelname.lower()).inc()

    def write(self, line: str) -> None:
        """Write to what is behind the stream; what others have written to it stands before."""
        self.stream.flush()
        if self.descriptor is None:
            self.stream.write(line)
            return
        rest = memoryview(line.encode(errors="replace"))
        while rest:
            rest = rest[os.write(self.descriptor, rest) :]


lines_of = cache(metrics.log_lines.labels)


def init_app(app: Flask) -> None:
    """Log in the configured form; one line for each request where wanted."""
    if not app.config["TESTING"]:
        configure(app.config["LOG_LEVEL"], app.config["LOG_FORMAT"], own_secrets(app))
    if app.config["LOG_REQUESTS"]:
        frame.of(app).endings.append(log_request)


def configure(level: str, form: str, secrets: tuple[str, ...] = ()) -> None:
    """Send every logger's lines to standard output in one form."""
    handler = Handler(sys.stdout)
    handler.addFilter(FloodFilter())
    formatter = (
        JsonFormatter(service_name())
        if form == "json"
        else SafeFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    )
    formatter.secrets = secrets
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)
    # It tells of each part of itself when it is imported, which may be now.
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)
    if form == "json":
        sys.excepthook = log_uncaught
        threading.excepthook = lambda found: log_uncaught(
            found.exc_type, found.exc_value, found.exc_traceback
        )


def service_name() -> str:
    """Return which part of the application this process is: web, or the command that runs."""
    if "gunicorn.arbiter" in sys.modules:
        return "ironpress-web"
    command = next((word for word in sys.argv[1:] if re.fullmatch(r"[a-z-]+", word)), "web")
    return f"ironpress-{'migrate' if command == 'db' else command}"


def log_uncaught(kind: Any, error: Any, trace: Any) -> None:
    """Log what ends the process or a thread, as a line like any other."""
    if issubclass(kind, KeyboardInterrupt | SystemExit):
        sys.__excepthook__(kind, error, trace)
    else:
        uncaught.critical("Uncaught %s", kind.__name__, exc_info=(kind, error, trace))


def report_floods() -> None:
    """Write what the flood filters have counted and nobody has told yet."""
    for handler in logging.getLogger().handlers:
        for each in handler.filters:
            if isinstance(each, FloodFilter):
                each.report()


def log_request(exchange: Exchange) -> None:
    """Write what was asked and answered; never the query or what else may hold a token.

    Probes that succeed are not worth a line each.
    """
    environ, status = exchange.environ, exchange.status
    is_probe = status == 200 and environ["PATH_INFO"].startswith("/healthz/")
    if is_probe or not access_log.isEnabledFor(logging.INFO):
        return
    method, path = environ["REQUEST_METHOD"], logged_path(exchange).replace("\n", "%0A")
    fields = {
        "event.dataset": "app.access",
        "event.duration": round(exchange.seconds * 1e9),
        "http.request.method": method,
        "http.response.status_code": status,
        "url.path": path,
        "client.ip": environ.get("REMOTE_ADDR"),
        "user.signed_in": exchange.carries_login,
    }
    access_log.handle(AccessRecord(f"{method} {path} {status}", fields))


def logged_path(exchange: Exchange) -> str:
    """Return the path asked for; the route's pattern where the path itself holds a token."""
    request = exchange.request
    if request is None:
        return exchange.path
    if request.url_rule is None:
        return TOKEN.sub("-", exchange.path)
    if "token" in (request.view_args or {}):
        rule: str = request.url_rule.rule
        return rule
    return exchange.path
