"""What an import did, to be shown at its end."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from app.services.importing.records import Problem

KINDS = ("posts", "comments", "categories", "tags", "authors", "redirects", "images")


@dataclass(slots=True)
class Report:
    """Counts by kind of row, and what the operator should look at."""

    made: Counter[str] = field(default_factory=Counter)
    updated: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)
    skipped: list[Problem] = field(default_factory=list)
    failed: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def note(self, problem: Problem) -> None:
        """Add an item that was left out."""
        (self.failed if problem.failed else self.skipped).append(problem)

    def warn(self, item: str, reasons: Iterable[str]) -> None:
        """Add what was not taken over as it was."""
        self.warnings += [Problem(item, reason) for reason in reasons]

    def add_counts(self, other: "Report") -> None:
        """Add another report's counts to this one's."""
        self.made.update(other.made)
        self.updated.update(other.updated)
        self.unchanged.update(other.unchanged)

    def rows(self) -> list[tuple[str, int, int, int]]:
        """Return (kind, made, updated, unchanged) for every kind that was met."""
        return [
            (kind, *counts)
            for kind in KINDS
            if any(counts := (self.made[kind], self.updated[kind], self.unchanged[kind]))
        ]
