"""Adds up the files of all workers and writes Prometheus' text format.

Fast, because a scrape must not be felt: what a file's records mean and how their lines begin is
found out once, later scrapes fetch the numbers only. Nothing is locked; workers never wait for a
reader.
"""

import math
from pathlib import Path

from app.metric_files import HEADER, records
from app.metrics import Metric, declared

# The beginning of a line, and which numbers are added up in it; None where none follows.
Line = tuple[str, list[int] | None]


class Layout:
    """Which number stands where in one file, as far as it has been read."""

    def __init__(self, mark: int) -> None:
        self.mark = mark
        self.read_to = HEADER.size
        self.numbers: list[int] = []
        self.places: list[int] = []

    def extend(self, data: bytes, used: int, known: dict[str, int]) -> None:
        """Read the records that have been added; new keys get the next numbers."""
        for key, place in records(data, used, self.read_to):
            self.numbers.append(known.setdefault(key, len(known)))
            self.places.append(place // 8)
        self.read_to = used


class Reader:
    """Reads a folder again and again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: dict[str, int] = {}  # The number of each key.
        self.layouts: dict[str, Layout] = {}
        self.lines: list[Line] = []
        self.planned = 0

    def text(self) -> str:
        """Return what Prometheus reads."""
        totals = self.add_up()
        if self.planned != len(self.known):
            self.lines, self.planned = plan(self.known), len(self.known)
        parts = []
        for beginning, numbers in self.lines:
            parts.append(beginning)
            if numbers is not None:
                parts.append(repr(sum([totals[number] for number in numbers])))
        return "".join(parts)

    def add_up(self) -> list[float]:
        """Return the numbers of all keys, put together over all files."""
        totals = [0.0] * len(self.known)
        for path in sorted(self.folder.glob("*.counts")):
            if loaded := self.load(path):
                layout, doubles = loaded
                totals += [0.0] * (len(self.known) - len(totals))
                for number, place in zip(layout.numbers, layout.places, strict=True):
                    totals[number] += doubles[place]
        gauges: dict[int, list[tuple[float, float]]] = {}
        for path in sorted(self.folder.glob("*.gauges")):
            if loaded := self.load(path):
                layout, doubles = loaded
                for number, place in zip(layout.numbers, layout.places, strict=True):
                    state = (doubles[place + 1], doubles[place])
                    gauges.setdefault(number, []).append(state)
        totals += [0.0] * (len(self.known) - len(totals))
        names = {number: key.partition("\t")[0] for key, number in self.known.items()}
        for number, states in gauges.items():
            totals[number] = combined(MODES.get(names[number], ""), states)
        return totals

    def load(self, path: Path) -> "tuple[Layout, memoryview[float]] | None":
        """Return a file's layout and its contents as an array of doubles."""
        try:
            data = path.read_bytes()
        except OSError:
            return None  # Its worker has ended between the look and the reading.
        if len(data) < HEADER.size:
            return None
        used, mark = HEADER.unpack_from(data)
        layout = self.layouts.get(path.name)
        if layout is None or layout.mark != mark:
            layout = self.layouts[path.name] = Layout(mark)
        if layout.read_to < used <= len(data):
            layout.extend(data, used, self.known)
        return layout, memoryview(data).cast("d")


def described(metric: Metric) -> tuple[str, str, str]:
    """Return name, type and help of a metric."""
    (family,) = metric.describe()
    return family.name, family.type, family.documentation


# How gauges of several workers become one.
MODES: dict[str, str] = {
    described(metric)[0]: getattr(metric, "_multiprocess_mode", "") for metric in declared()
}


def combined(mode: str, states: list[tuple[float, float]]) -> float:
    """Return one state for those of several workers, each with the time it was set."""
    if mode == "livemax":
        return max(value for _, value in states)
    if mode == "livemostrecent":
        return max(states)[1]
    return sum(value for _, value in states)


def plan(known: dict[str, int]) -> list[Line]:
    """Return the lines to write for the known keys, metric by metric."""
    found: dict[str, dict[str, list[tuple[float | None, int]]]] = {}
    for key, number in known.items():
        owner, _, labels, bound = key.split("\t")
        series = found.setdefault(owner, {}).setdefault(labels, [])
        series.append((float(bound) if bound else None, number))
    lines: list[Line] = []
    for metric in declared():
        name, kind, text = described(metric)
        if name not in found:
            continue
        shown = f"{name}_total" if kind == "counter" else name
        lines.append((f"# HELP {shown} {text}\n# TYPE {shown} {kind}", None))
        for labels, numbers in found[name].items():
            if kind == "histogram":
                lines += histogram_lines(name, labels, numbers)
            else:
                lines.append((f"\n{shown}{braced(labels)} ", [numbers[0][1]]))
        lines.append(("\n", None))
    return lines


def histogram_lines(name: str, labels: str, numbers: list[tuple[float | None, int]]) -> list[Line]:
    """Return the lines of a histogram: buckets that include the smaller ones, count and sum."""
    buckets = sorted((bound, number) for bound, number in numbers if bound is not None)
    lead = f"{labels}," if labels else ""
    lines: list[Line] = []
    counted: list[int] = []
    for bound, number in buckets:
        counted = [*counted, number]
        upper = "+Inf" if bound == math.inf else repr(bound)
        lines.append((f'\n{name}_bucket{{{lead}le="{upper}"}} ', counted))
    lines.append((f"\n{name}_count{braced(labels)} ", counted))
    sums = [number for bound, number in numbers if bound is None]
    lines.append((f"\n{name}_sum{braced(labels)} ", sums))
    return lines


def braced(labels: str) -> str:
    """Return labels in braces, or nothing."""
    return f"{{{labels}}}" if labels else ""
