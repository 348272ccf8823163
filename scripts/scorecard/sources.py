"""Where the figures are kept, and how each is said in a few words."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.settings import ROOT
from scripts.bench.images import output

DOCS = ROOT / "docs"
SHORT_COMMIT = 7
ATTACK = re.compile(r"^\| [^|]+ \| ([\d,]+) \|", re.MULTILINE)
AWAY = ("web container", "PostgreSQL", "Redis")


@dataclass(frozen=True)
class Figure:
    """A measurement in words; `reached` is None where there is no goal to compare with."""

    text: str
    date: str
    commit: str
    reached: bool | None


def read(path: Path) -> dict[str, Any] | None:
    """Return a file of figures, None where there is none."""
    if not path.exists():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def bench(name: str) -> Callable[[], Figure | None]:
    """Return a reader of the newest benchmark that has a row of a name."""

    def find() -> Figure | None:
        for path in sorted((DOCS / "bench").glob("*.json"), reverse=True):
            found = read(path) or {}
            if rows := [row for row in found.get("rows", []) if row["name"] == name]:
                text = "; ".join(f"{row['what']} {row['value']:.3g}{row['unit']}" for row in rows)
                reached = all(row["is_reached"] for row in rows)
                return figure(text, found["measured_at"][:10], found["commit"], reached)
        return None

    return find


def overload() -> Figure | None:
    """Say what was served beyond the most."""
    found = read(DOCS / "overload.json")
    if not found:
        return None
    steps = [step for step in found["steps"] if step["times"] > 1]
    text = "; ".join(
        f"{step['times']:g}×: {step['good'] / found['most']:.0%}, shed in "
        f"{step['shed_p50'] * 1000:.0f} ms"
        for step in steps
    )
    reached = all(
        step["good"] >= 0.95 * found["most"] and step["shed_p50"] <= 0.02 for step in steps
    )
    return figure(text, found["date"], found["commit"], reached)


def drill() -> dict[str, Any] | None:
    """Return the newest drill."""
    return read(DOCS / "drills.json")


def drill_safety() -> Figure | None:
    """Say what was lost, doubled or shown to another."""
    if not (found := drill()):
        return None
    mails = found["mails"] or {"lost": 0, "doubled": 0}
    sums = [
        sum(row[name] for row in found["faults"]) + mails.get(name, 0)
        for name in ("lost", "doubled", "foreign")
    ]
    text = f"{sums[0]}, {sums[1]}, {sums[2]} in {len(found['faults'])} faults"
    text += f", {found['requests']:,} requests"
    return figure(text, found["date"], found["commit"], not any(sums))


def drill_readers() -> Figure | None:
    """Say how many pages anonymous readers did not get."""
    if not (found := drill()):
        return None
    rows = [row for row in found["faults"] if any(part in row["fault"] for part in AWAY)]
    failed = sum(row["failed"]["anonymous"] for row in rows)
    text = f"{failed} in {len(rows)} faults"
    return figure(text, found["date"], found["commit"], failed == 0)


def drill_recovery() -> Figure | None:
    """Say how long recovery took."""
    if not (found := drill()):
        return None
    bounds = {"worker killed": 1, "web container killed": 3, "PostgreSQL killed": 5}
    times = {row["fault"]: row["recovered"] for row in found["faults"] if row["fault"] in bounds}
    if len(times) < len(bounds):
        return None
    text = ", ".join(f"{times[name]:.1f}" for name in bounds)
    reached = all(times[name] <= bound for name, bound in bounds.items())
    return figure(text, found["date"], found["commit"], reached)


def attacks() -> Figure | None:
    """Say how many attacks the tests try."""
    path = DOCS / "attacks.md"
    if not path.exists():
        return None
    counts = [int(count.replace(",", "")) for count in ATTACK.findall(path.read_text("utf-8"))]
    made = output("git", "log", "-1", "--format=%cs %H", "--", str(path)).split()
    date, commit = made or ("", "")
    return figure(f"{sum(counts):,} in {len(counts)} families", date, commit, None)


def load() -> Figure | None:
    """Say whether the newest load test kept its gates."""
    runs = sorted((ROOT / "build/load").glob("*/summary.json"), key=lambda one: one.stat().st_mtime)
    found = read(runs[-1]) if runs else None
    if not found or found["void"]:
        return None
    return figure(found["verdict"], "", "", not found["broken"])


def nowhere() -> None:
    """Stand for a figure that no command keeps in a file yet."""


def figure(text: str, date: str, commit: str, reached: bool | None) -> Figure:
    """Return a figure with its commit in short."""
    return Figure(text.strip(), date, commit[:SHORT_COMMIT], reached)
