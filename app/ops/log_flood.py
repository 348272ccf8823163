"""Bounds how often an error is written: a flood of them must not fill a disk or slow requests.

Of one kind (logger, level, wording, type of exception) the first few in a while are written, the
others counted; the count goes with the next one, or with a line of its own.
"""

import logging
import time
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from app import metrics

WINDOW_SECONDS = 10.0
LINES_OF_A_KIND = 5
LINES_OF_ALL_KINDS = 100
MOST_KINDS = 500
KINDS_REPORTED = 10
KEY_CHARS = 200

Kind = tuple[str, int, str, str]
logger = logging.getLogger(__name__)


@dataclass
class Window:
    """What has been written and left out of one kind since a time."""

    since: float
    written: int = 0
    left_out: int = 0


class FloodFilter(logging.Filter):
    """Lets warnings and errors pass at a bounded rate, everything else freely."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = Lock()
        self.windows: OrderedDict[Kind, Window] = OrderedDict()
        self.all = Window(since=time.monotonic())
        self.forgotten = 0  # Left out, of kinds that had to give way.

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether a line is written; tell in it how many like it were not."""
        if record.levelno < logging.WARNING:
            return True
        with self.lock:
            window, left_out = self.window(kind_of(record))
            passes = window.written < LINES_OF_A_KIND and self.all.written < LINES_OF_ALL_KINDS
            if passes:
                window.written += 1
                self.all.written += 1
            else:
                window.left_out += 1
        if not passes:
            metrics.log_suppressed.inc()
        elif left_out:
            record.__dict__["log.suppressed"] = left_out
        return passes

    def window(self, kind: Kind) -> tuple[Window, int]:
        """Return the kind's present window, and how many its last one left out."""
        now = time.monotonic()
        if now - self.all.since >= WINDOW_SECONDS:
            self.all = Window(since=now)
        window = self.windows.get(kind)
        if window and now - window.since < WINDOW_SECONDS:
            return window, 0
        left_out = window.left_out if window else 0
        window = self.windows[kind] = Window(since=now)
        self.windows.move_to_end(kind)
        if len(self.windows) > MOST_KINDS:
            _, oldest = self.windows.popitem(last=False)
            self.forgotten += oldest.left_out
        return window, left_out

    def report(self) -> None:
        """Write how many were left out where no further one came to say it."""
        now = time.monotonic()
        with self.lock:
            over = [
                (window.left_out, kind)
                for kind, window in self.windows.items()
                if now - window.since >= WINDOW_SECONDS
            ]
            for _, kind in over:
                del self.windows[kind]
            others, self.forgotten = self.forgotten, 0
        told = sorted(over, reverse=True)
        for left_out, (name, level, wording, _) in told[:KINDS_REPORTED]:
            if left_out:
                logger.log(level, "%d more lines like this from %s: %s", left_out, name, wording)
        others += sum(left_out for left_out, _ in told[KINDS_REPORTED:])
        if others:
            logger.warning("%d more lines of other kinds.", others)


def kind_of(record: logging.LogRecord) -> Kind:
    """Return what makes two lines alike."""
    error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
    return record.name, record.levelno, str(record.msg)[:KEY_CHARS], error
