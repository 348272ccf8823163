"""Writes the tables of docs/observability.md from the one declaration of the metrics.

`python -m scripts.metrics` writes them; with `--check` it only says whether they are current.
"""

import sys

from app.metric_text import described
from app.metrics import DECLARED, PREFIX
from app.ops.arbiter import ArbiterCollector
from app.settings import ROOT

DOCUMENT = ROOT / "docs" / "observability.md"
BEGIN, END = "<!-- metrics -->\n", "<!-- /metrics -->\n"


def table(title: str, rows: list[tuple[str, str, str, str]]) -> list[str]:
    """Return a section: a row is name, type, labels and meaning."""
    lines = ["", f"### {title}", "", "| metric | type | labels | meaning |", "|---|---|---|---|"]
    return lines + [
        f"| `{name.removeprefix(PREFIX)}` | {kind} | {labels} | {meaning} |"
        for name, kind, labels, meaning in rows
    ]


def shown(name: str, kind: str) -> str:
    """Return the name under which Prometheus keeps a metric."""
    return f"{name}_total" if kind == "counter" else name


def document() -> str:
    """Return the document with fresh tables."""
    lines: list[str] = []
    for title, metrics in DECLARED.items():
        rows = []
        for metric in metrics:
            name, kind, meaning = described(metric)
            rows.append((shown(name, kind), kind, ", ".join(metric._labelnames), meaning))
        lines += table(title, rows)
    rows = [
        (shown(family.name, family.type), family.type, "", family.documentation)
        for family in ArbiterCollector().describe()
    ]
    lines += table("Seen by the arbiter (web only)", rows)
    text = DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + "\n".join(lines).lstrip("\n") + "\n\n" + END + rest.partition(END)[2]


def main(arguments: list[str]) -> int:
    """Write the document, or with `--check` report that it is stale."""
    fresh = document()
    if DOCUMENT.read_text(encoding="utf-8") == fresh:
        return 0
    if "--check" in arguments:
        print("docs/observability.md is stale: run make metrics", file=sys.stderr)
        return 1
    DOCUMENT.write_text(fresh, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
