"""What happened in each second, by the name of the request; parts of several processes add up."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from loadtests.histogram import add_up, bucket


@dataclass
class Cell:
    """The requests of one name in one second."""

    latencies: Counter[int] = field(default_factory=Counter)
    failures: int = 0
    caches: Counter[str] = field(default_factory=Counter)

    @property
    def count(self) -> int:
        """How many requests there were."""
        return sum(self.latencies.values())

    def merge(self, other: "Cell") -> None:
        """Add what another process saw."""
        self.latencies.update(other.latencies)
        self.failures += other.failures
        self.caches.update(other.caches)


@dataclass
class Timeline:
    """Cells by second (Unix time) and name, and what went wrong in words."""

    cells: dict[tuple[int, str], Cell] = field(default_factory=dict)
    faults: Counter[tuple[str, str]] = field(default_factory=Counter)

    def record(
        self, *, second: int, name: str, milliseconds: float, fault: str, cache: str
    ) -> None:
        """Count a request; an empty fault is a success."""
        cell = self.cells.setdefault((second, name), Cell())
        cell.latencies[bucket(milliseconds)] += 1
        if cache:
            cell.caches[cache] += 1
        if fault:
            cell.failures += 1
            self.faults[(name, fault[:200])] += 1

    def merge(self, other: "Timeline") -> None:
        """Add what another process saw."""
        for key, cell in other.cells.items():
            self.cells.setdefault(key, Cell()).merge(cell)
        self.faults.update(other.faults)

    def names(self) -> list[str]:
        """Return the names of all requests."""
        return sorted({name for _, name in self.cells})

    def seconds(self) -> list[int]:
        """Return the seconds in which something was answered."""
        return sorted({second for second, _ in self.cells})

    def total(
        self,
        *,
        name: str | None = None,
        of_class: str = "",
        since: int = 0,
        until: int = 1 << 40,
    ) -> Cell:
        """Return the sum of the cells of a name, of a class or of all, in a span of seconds."""
        chosen = [
            cell
            for (second, cell_name), cell in self.cells.items()
            if since <= second < until
            and name in (None, cell_name)
            and (not of_class or cell_name.startswith(f"{of_class}:"))
        ]
        return Cell(
            add_up(cell.latencies for cell in chosen),
            sum(cell.failures for cell in chosen),
            sum((cell.caches for cell in chosen), Counter()),
        )

    def dump(self) -> dict[str, Any]:
        """Return it as JSON, for another process or a file."""
        return {
            "cells": [
                [second, name, list(cell.latencies.items()), cell.failures, dict(cell.caches)]
                for (second, name), cell in sorted(self.cells.items())
            ],
            "faults": [[*key, count] for key, count in self.faults.items()],
        }


def load_timeline(data: dict[str, Any]) -> Timeline:
    """Return what `dump` wrote."""
    timeline = Timeline()
    for second, name, latencies, failures, caches in data["cells"]:
        histogram = Counter({int(number): count for number, count in latencies})
        timeline.cells[(second, name)] = Cell(histogram, failures, Counter(caches))
    for name, fault, count in data["faults"]:
        timeline.faults[(name, fault)] = count
    return timeline
