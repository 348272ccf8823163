"""Notes which alerts come while something is broken."""

import threading
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic, sleep

from tests.stack.prometheus import Prometheus

PERIOD_SECONDS = 0.5


@dataclass
class Watch:
    """Asks Prometheus again and again; without one, no alert is ever seen."""

    prometheus: Prometheus | None
    # Each alert's state when it was last asked for, and its best since the last look.
    now: dict[str, str] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)
    before: frozenset[str] = frozenset()
    _ended: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Begin, in a thread of its own."""
        if self.prometheus:
            threading.Thread(target=self.go_on, name="watch", daemon=True).start()

    def stop(self) -> None:
        """End it."""
        self._ended.set()

    def go_on(self) -> None:
        while not self._ended.wait(PERIOD_SECONDS):
            with suppress(OSError, KeyError, ValueError):
                self.look()

    def look(self) -> None:
        """Ask once."""
        assert self.prometheus
        found = self.prometheus.ask("PROMETHEUS_PORT", "/api/v1/alerts")["data"]["alerts"]
        now: dict[str, str] = {}
        for alert in found:
            name = alert["labels"]["alertname"]
            if now.get(name) != "firing":
                now[name] = alert["state"]
        self.now = now
        for name, state in now.items():
            if self.seen.get(name) != "firing":
                self.seen[name] = state

    def begin(self) -> None:
        """Forget what came before."""
        self.before = frozenset(self.now)
        self.seen = {}

    def fired(self, names: str) -> bool:
        """Say whether all of these alerts have fired since the beginning; they are commaed."""
        return all(self.seen.get(name) == "firing" for name in listed(names))

    def wait_for(self, names: str, seconds: float) -> None:
        """Wait until these alerts have fired, or for so long."""
        deadline = monotonic() + seconds
        while self.prometheus and not self.fired(names) and monotonic() < deadline:
            sleep(PERIOD_SECONDS)

    def result(self) -> list[str]:
        """Return what has come since the beginning and had not been there before.

        One that waits for its time to come is marked so: its cause was seen.
        """
        new = {name: state for name, state in self.seen.items() if name not in self.before}
        firing = sorted(name for name, state in new.items() if state == "firing")
        return firing + sorted(f"{name} (pending)" for name in new if name not in firing)

    def noticed(self) -> set[str]:
        """Return the alerts whose causes were seen."""
        return set(self.seen) | set(self.before)


def listed(names: str) -> list[str]:
    """Part the names of alerts."""
    return [name.strip() for name in names.split(",") if name.strip()]
