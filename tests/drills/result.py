"""What a fault has cost, against what was promised."""

from collections import Counter
from dataclasses import dataclass, field

from tests.drills.faults import Fault
from tests.drills.load import RATES, Sample
from tests.drills.oracle import Findings

BUDGET_SECONDS = 11.0  # The edge's own limit for a page, and a second.
MOST_ATTEMPTS = 1.1


@dataclass
class Result:
    """A fault's cost; seconds, and counts of requests. `alerts` are those that fired."""

    fault: str
    alerts: list[str] = field(default_factory=list)
    requests: int = 0
    failed: dict[str, int] = field(default_factory=dict)
    why: dict[str, int] = field(default_factory=dict)
    hung: int = 0
    slowest: float = 0.0
    refused_in: float = 0.0
    lost: int = 0
    doubled: int = 0
    foreign: int = 0
    attempts: float = 0.0
    tries: float = 0.0
    recovered: float = 0.0
    # Promises that were not kept: those of any machine, and those of one that is not busy.
    unsafe: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)

    @property
    def broken(self) -> list[str]:
        """Return every promise that was not kept."""
        return self.unsafe + self.slow


def measure(fault: Fault, samples: list[Sample], healed: float) -> Result:
    """Count what became of the requests; `healed` is when the part was back."""
    failures = [one for one in samples if one.fault]
    refused = sorted(one.seconds for one in failures if one.fault.startswith("503"))
    return Result(
        fault.name,
        requests=len(samples),
        failed={kind: sum(one.kind == kind for one in failures) for kind in RATES},
        why=dict(Counter(f"{one.kind}: {one.fault}" for one in failures)),
        hung=sum(one.seconds > BUDGET_SECONDS for one in samples),
        slowest=max((one.seconds for one in samples), default=0.0),
        refused_in=refused[len(refused) // 2] if refused else 0.0,
        recovered=max([0.0, *(one.at - healed for one in failures)]),
    )


def judge(result: Result, fault: Fault, findings: Findings, *, is_calm: bool) -> None:
    """Note which promises were not kept."""
    result.lost, result.doubled = findings.lost, findings.doubled
    result.unsafe += findings.faults
    result.unsafe += [
        f"{name}: {getattr(result, name)}"
        for name in ("lost", "doubled", "foreign")
        if getattr(result, name)
    ]
    # With every web container away the edge has no page that could hold it.
    if "PostgreSQL" in fault.name and any("not kept" in why for why in result.why):
        result.unsafe.append("a form's text was not in the answer")
    if not is_calm:
        result.unsafe.append("not over when patience was")
    for kind in sorted(fault.spared):
        if failed := result.failed[kind]:
            kept = result.unsafe if kind == "anonymous" else result.slow
            kept.append(f"{kind}: {failed} failed")
    if result.hung:
        result.slow.append(f"hung: {result.hung}")
    if result.recovered > fault.recovers:
        result.slow.append(f"recovered after {result.recovered:.1f} s, not {fault.recovers:g}")
    if result.attempts > MOST_ATTEMPTS:
        result.slow.append(f"{result.attempts:.2f} attempts a request")
