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
# A generator further behind its own clock than this measures itself.
MOST_LATE_SECONDS = 0.25
RESTORED_POSTS = 100_000
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
    """Return a reader of the newest of each figure of a name: not every run measures all."""

    def find() -> Figure | None:
        newest: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
        for path in sorted((DOCS / "bench").glob("*.json")):
            run = read(path) or {}
            for row in run.get("rows", []):
                if row["name"] == name:
                    newest[row["what"]] = row, run
        if not newest:
            return None
        rows = [row for row, _ in newest.values()]
        text = "; ".join(f"{row['what']} {row['value']:.3g}{row['unit']}" for row in rows)
        date = min(run["measured_at"] for _, run in newest.values())[:10]
        commit = named({run["commit"] for _, run in newest.values()})
        return figure(text, date, commit, all(row["is_reached"] for row in rows))

    return find


def named(commits: set[str]) -> str:
    """Return the commit that figures are of, or how many there are."""
    return commits.pop() if len(commits) == 1 else f"of {len(commits)}"


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
    if max(step["late"] for step in steps) > MOST_LATE_SECONDS:
        return figure(f"{text}; void: the generator was late", found["date"], found["commit"], None)
    reached = all(
        step["good"] >= 0.95 * found["most"] and step["shed_p50"] <= 0.02 for step in steps
    )
    return figure(text, found["date"], found["commit"], reached)


@dataclass(frozen=True)
class Drill:
    """The rows of all faults that were measured, in one run or in several."""

    rows: list[dict[str, Any]]
    mails: dict[str, int]
    faults: int

    @property
    def date(self) -> str:
        """Return when the oldest of them was measured."""
        return str(min(row["date"] for row in self.rows))

    @property
    def commit(self) -> str:
        """Return the commit that they are of, or how many there are."""
        return named({row["commit"] for row in self.rows})

    @property
    def is_whole(self) -> bool:
        """Say whether no fault is left to be measured; pairs come on top."""
        return sum(" + " not in row["fault"] for row in self.rows) >= self.faults

    def figure(self, text: str, *, is_kept: bool) -> Figure:
        """Return a figure of these rows: a part of the faults reaches nothing, and may miss."""
        reached = is_kept if self.is_whole or not is_kept else None
        return figure(text, self.date, self.commit, reached)


def drill() -> Drill | None:
    """Return what is known of all faults."""
    found = read(DOCS / "drills.json")
    if not found or not found["faults"]:
        return None
    return Drill(found["faults"], found["mails"] or {}, found["of"])


def drill_safety() -> Figure | None:
    """Say what was lost, doubled or shown to another."""
    if not (found := drill()):
        return None
    sums = [
        sum(row[name] for row in found.rows) + found.mails.get(name, 0)
        for name in ("lost", "doubled", "foreign")
    ]
    text = f"{sums[0]}, {sums[1]}, {sums[2]} in {len(found.rows)} faults and pairs "
    text += f"(all: {found.faults}), {sum(row['requests'] for row in found.rows):,} requests"
    return found.figure(text, is_kept=not any(sums))


def drill_readers() -> Figure | None:
    """Say how many pages anonymous readers did not get."""
    if not (found := drill()):
        return None
    rows = [row for row in found.rows if any(part in row["fault"] for part in AWAY)]
    failed = sum(row["failed"]["anonymous"] for row in rows)
    return found.figure(f"{failed} in {len(rows)} faults", is_kept=failed == 0)


def drill_recovery() -> Figure | None:
    """Say how long recovery took."""
    if not (found := drill()):
        return None
    bounds = {"worker killed": 1, "web container killed": 3, "PostgreSQL killed": 5}
    rows = {row["fault"]: row for row in found.rows if row["fault"] in bounds}
    if len(rows) < len(bounds):
        return None
    text = ", ".join(f"{rows[name]['recovered']:.1f}" for name in bounds)
    reached = all(rows[name]["recovered"] <= bound for name, bound in bounds.items())
    own = Drill(list(rows.values()), {}, len(rows))
    return own.figure(text, is_kept=reached)


def restore() -> Figure | None:
    """Say what a lost database has cost."""
    found = read(DOCS / "restore.json")
    if not found:
        return None
    text = (
        f"{found['posts']:,} articles in {found['restore_seconds']:.0f} s, lost "
        f"{found['loss_seconds']:.2f} s of commits, rows "
        f"{'differ' if (differ := found['moment_differs'] + found['after_differs']) else 'equal'}"
    )
    is_kept = found["restore_seconds"] <= 60 and found["loss_seconds"] <= 1 and not differ
    # Fewer articles reach nothing, and may miss.
    reached = is_kept if found["posts"] >= RESTORED_POSTS or not is_kept else None
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


def figure(text: str, date: str, commit: str, reached: bool | None) -> Figure:
    """Return a figure with its commit in short."""
    return Figure(text.strip(), date, commit[:SHORT_COMMIT], reached)
