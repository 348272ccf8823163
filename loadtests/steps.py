"""The steps of a run: what was planned, what came, what it cost, what broke."""

from dataclasses import dataclass
from typing import Any

from loadtests.gates import Gate, read_gates
from loadtests.histogram import mean, percentile
from loadtests.timeline import Cell, Timeline, load_timeline

SETTLING_SECONDS = 2  # Of a step are not looked at.
# Fewer requests of a class say nothing of its 99th percentile.
LEAST_REQUESTS = 30
MOST_FAILURES = 0.01
LEAST_GOODPUT = 0.9  # Of the visits that are due.


@dataclass(frozen=True)
class Step:
    """One rate of visits: requests answered a second, latency (ms), cores by service."""

    visits: float
    requests: float
    mean: float
    p99: float
    cores: dict[str, float]
    broken: tuple[str, ...]

    @property
    def concurrency(self) -> float:
        """Return how many requests were on their way at once (Little's law)."""
        return self.requests * self.mean / 1000


def broken_levels(
    timeline: Timeline, gates: dict[str, Gate], visits: float, span: dict[str, int]
) -> tuple[str, ...]:
    """Return what no longer held in a span of seconds, in words."""
    found = []
    for name, gate in gates.items():
        cell = timeline.total(of_class=name, **span)
        if cell.count < LEAST_REQUESTS:
            continue
        p99, failing = percentile(cell.latencies, 0.99), cell.failures / cell.count
        if p99 > gate.latency["p99"]:
            found.append(f"{name}: p99 {p99:.0f} of {gate.latency['p99']:g} ms")
        if failing > max(gate.failures, MOST_FAILURES):
            found.append(f"{name}: {failing:.1%} failed")
    assets = timeline.total(name="anonymous: asset", **span).count
    seconds = span["until"] - span["since"]
    came = (timeline.total(**span).count - assets) / seconds
    if visits * seconds >= LEAST_REQUESTS and came < LEAST_GOODPUT * visits:
        found.append(f"{came:.0f} of {visits:.0f} visits a second answered")
    return tuple(found)


def read_steps(run: dict[str, Any], saturation: list[dict[str, Any]]) -> list[Step]:
    """Return the steps of a run that were long enough to be looked at."""
    timeline, gates = load_timeline(run["timeline"]), read_gates()
    moments: dict[float, list[float]] = {}
    for moment, rate in run["planned"]:
        moments.setdefault(rate, []).append(moment)
    steps = []
    for rate, times in moments.items():
        span = {"since": int(times[0]) + SETTLING_SECONDS, "until": int(times[-1])}
        cell = timeline.total(**span)
        if span["until"] - span["since"] < 2 or not cell.count:
            continue
        steps.append(step(cell, rate, span, saturation, broken_levels(timeline, gates, rate, span)))
    return steps


def step(
    cell: Cell,
    rate: float,
    span: dict[str, int],
    saturation: list[dict[str, Any]],
    broken: tuple[str, ...],
) -> Step:
    """Return one step."""
    looks = [s["cores"] for s in saturation if span["since"] <= s["second"] < span["until"]]
    services = {name for look in looks for name in look}
    return Step(
        rate,
        cell.count / (span["until"] - span["since"]),
        mean(cell.latencies),
        percentile(cell.latencies, 0.99),
        {name: sum(look.get(name, 0.0) for look in looks) / len(looks) for name in services},
        broken,
    )
