"""Writes docs/asvs.md from docs/asvs.csv: how each requirement of OWASP ASVS 5.0 is met."""

import csv
from collections import Counter
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "asvs.csv"
DOCUMENT = ROOT / "docs" / "asvs.md"
STATES = ("met", "partly", "not met", "n/a")
CHAPTERS = {
    1: "Encoding and sanitisation",
    2: "Validation and business logic",
    3: "Web frontend",
    4: "API and web service",
    5: "Files",
    6: "Authentication",
    7: "Sessions",
    8: "Authorisation",
    9: "Self-contained tokens",
    10: "OAuth and OpenID Connect",
    11: "Cryptography",
    12: "Communication",
    13: "Configuration",
    14: "Data protection",
    15: "Coding and architecture",
    16: "Logging and errors",
    17: "WebRTC",
}
HEAD = """# OWASP ASVS 5.0

How the application and its bundle stand against the Application Security Verification Standard
5.0.0, requirement by requirement: what is met and how, what is met in part, what is not, and what
does not apply (n/a). It is the project's own judgement of its code; nobody from outside has
checked it. The numbers are those of the standard, whose text stands at <https://owasp.org/asvs>
(© OWASP Foundation, CC BY-SA 4.0) and is not repeated here; the words are ours.

Written by `make asvs` from [asvs.csv](asvs.csv). A test holds that no requirement is missing and
that every file and every test named here exists.

"""


class Row(NamedTuple):
    """A requirement: its number, its level, whether and how it is met, and where."""

    requirement: str
    level: int
    state: str
    how: str
    where: list[str]

    @property
    def chapter(self) -> int:
        """The chapter's number."""
        return int(self.requirement.partition(".")[0])


def rows() -> list[Row]:
    """Return the table."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [
            Row(r["requirement"], int(r["level"]), r["state"], r["how"], r["where"].split())
            for r in csv.DictReader(file)
        ]


def document(table: list[Row]) -> str:
    """Return the page."""
    counts = Counter((row.level, row.state) for row in table)
    lines = ["| level | " + " | ".join(STATES) + " | all |", "|---|" + "--:|" * 5]
    for level in (1, 2, 3):
        found = [counts[level, state] for state in STATES]
        lines.append(f"| {level} | {' | '.join(map(str, found))} | {sum(found)} |")
    for chapter, name in CHAPTERS.items():
        lines += ["", f"## {chapter} {name}", "", "| | level | state | how | where |"]
        lines.append("|---|--:|---|---|---|")
        lines += [line(row) for row in table if row.chapter == chapter]
    return HEAD + "\n".join(lines) + "\n"


def line(row: Row) -> str:
    """Return a requirement's line."""
    where = ", ".join(map(link, row.where))
    return f"| {row.requirement} | {row.level} | {row.state} | {row.how} | {where} |"


def link(place: str) -> str:
    """Return a link to a file; of a test, with its sentence."""
    path, _, name = place.partition("::")
    said = f": {name.removeprefix('test_').replace('_', ' ')}" if name else ""
    return f"[{Path(path).name}](../{path}){said}"


if __name__ == "__main__":
    DOCUMENT.write_text(document(rows()), encoding="utf-8")
