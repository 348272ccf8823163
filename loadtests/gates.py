"""What every request must keep to, made from the service levels in `deploy/slo.yaml`.

A request's name begins with its class, such as `anonymous: article`. The class' level of latency
gives the bound at p99; since a typical answer must be well within it, three quarters of the bound
hold at p95 and half at p50. Its level of availability gives the share of failures.
"""

from dataclasses import dataclass
from pathlib import Path

import yaml

from loadtests.histogram import percentile
from loadtests.timeline import Timeline

LEVELS = Path(__file__).parents[1] / "deploy" / "slo.yaml"
SHARES = {"p50": 0.5, "p95": 0.75, "p99": 1.0}


@dataclass(frozen=True)
class Gate:
    """The bounds of a class: milliseconds by percentile, and the share of failures."""

    latency: dict[str, float]
    failures: float


@dataclass(frozen=True)
class Verdict:
    """One bound and what was measured."""

    name: str
    what: str
    bound: float
    measured: float
    unit: str

    @property
    def is_kept(self) -> bool:
        """Whether the bound held."""
        return self.measured <= self.bound

    def __str__(self) -> str:
        return f"{self.name}: {self.what} {self.measured:.4g} of {self.bound:.4g} {self.unit}"


def read_gates(path: Path = LEVELS) -> dict[str, Gate]:
    """Return the gate of each class of requests."""
    levels = yaml.safe_load(path.read_text(encoding="utf-8"))["levels"]
    by_kind = {(level["kind"], level["class"]): level for level in levels if "class" in level}
    gates = {}
    for kind, name in by_kind:
        if kind == "latency":
            milliseconds = by_kind[kind, name]["threshold"] * 1000
            available = by_kind["availability", name]["objective"]
            gates[name] = Gate(
                {what: milliseconds * share for what, share in SHARES.items()},
                round(1 - available / 100, 9),
            )
    return gates


def judge(timeline: Timeline, gates: dict[str, Gate]) -> list[Verdict]:
    """Return a verdict for each name and bound; a name of no class is a mistake of ours."""
    verdicts = []
    for name in timeline.names():
        gate, cell = gates[name.partition(":")[0]], timeline.total(name=name)
        for what, bound in gate.latency.items():
            measured = percentile(cell.latencies, float(what[1:]) / 100)
            verdicts.append(Verdict(name, what, bound, measured, "ms"))
        share = 100 * cell.failures / cell.count
        verdicts.append(Verdict(name, "failures", 100 * gate.failures, share, "%"))
    return verdicts
