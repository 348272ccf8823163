"""Leaves a neighbour alone that fails, instead of having every request wait for it."""

import logging
from threading import Lock

from prometheus_client import Counter, Gauge

logger = logging.getLogger(__name__)


class Breaker:
    """Closed while the neighbour answers, open while it is left alone; tells of each change."""

    def __init__(self, neighbour: str, state: Gauge, openings: Counter) -> None:
        self.neighbour, self.state, self.openings = neighbour, state, openings
        self.is_open = False
        self._lock = Lock()

    def open(self, reason: str) -> None:
        """Leave the neighbour alone from now on."""
        if self._change(True):
            self.openings.inc()
            logger.warning("%s is left alone: %s", self.neighbour, reason)

    def close(self) -> None:
        """Ask the neighbour again from now on."""
        if self._change(False):
            logger.warning("%s is asked again.", self.neighbour)

    def _change(self, is_open: bool) -> bool:
        """Take a state over and say whether it is a new one."""
        with self._lock:
            changed = self.is_open != is_open
            self.is_open = is_open
            self.state.set(is_open)
            return changed
