"""Watches the generator itself: one that is busy measures its own slowness."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

INTERVAL = 0.1
MOST_BUSY = 0.9  # Of one core, which is all that a process of Locust can use.
MOST_DELAY_MS = 50.0
MOST_SHARE = 0.05  # Of the samples may be beyond either bound.


@dataclass
class Guard:
    """Counts samples of a process's CPU and of how late it is woken up."""

    samples: int = 0
    busy: int = 0
    late: int = 0
    worst_delay_ms: float = 0.0

    def watch(self, sleep: Callable[[float], None], ended: Callable[[], bool]) -> None:
        """Sample until told to stop."""
        cpu, wall = time.process_time(), time.monotonic()
        while not ended():
            sleep(INTERVAL)
            now_cpu, now = time.process_time(), time.monotonic()
            self.add((now_cpu - cpu) / (now - wall), 1000 * (now - wall - INTERVAL))
            cpu, wall = now_cpu, now

    def add(self, used: float, delay_ms: float) -> None:
        """Count a sample: CPU used, as a share of a core, and the delay."""
        self.samples += 1
        self.busy += used > MOST_BUSY
        self.late += delay_ms > MOST_DELAY_MS
        self.worst_delay_ms = max(self.worst_delay_ms, delay_ms)

    def merge(self, other: dict[str, Any]) -> None:
        """Add another process's samples."""
        self.samples += other["samples"]
        self.busy += other["busy"]
        self.late += other["late"]
        self.worst_delay_ms = max(self.worst_delay_ms, other["worst_delay_ms"])

    def dump(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)

    def complaint(self) -> str:
        """Say why the run is void; nothing where the generator kept up."""
        if self.busy > MOST_SHARE * self.samples:
            return (
                f"The generator used more than {MOST_BUSY:.0%} of its core in {self.busy} of "
                f"{self.samples} samples: give it more processes (PROCESSES=…) or machines."
            )
        if self.late > MOST_SHARE * self.samples:
            return (
                f"The generator was woken more than {MOST_DELAY_MS:.0f} ms late in {self.late} of "
                f"{self.samples} samples (at worst {self.worst_delay_ms:.0f} ms): its machine is "
                "busy with something else."
            )
        return ""
