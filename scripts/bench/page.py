"""The table and its history as a page of the documentation."""

import json
from math import ceil
from pathlib import Path
from typing import Any

from loadtests.svg import TICKS, Line, plot

HEAD = """# Benchmark

Made by `make bench`. Each figure stands against its own yardstick of the same run: bare Flask
returns the same bytes on the same settings of Gunicorn. Ratios are of CPU time for one request (one
core's throughput), the median of interleaved repeats; the middle half of the repeats lies between
the two values behind it. The last number is the machine's load at the end of the run. Ours writes a
line of log for each request, the yardstick none; the yardstick has Gunicorn's own threads, ours has
those of `app/ops/threads.py`. What was made faster, and what stands between some figures and their
goals: [speed.md](speed.md). Of P12 see [scorecard.md](scorecard.md).
"""


def write_page(history: Path, docs: Path) -> None:
    """Write docs/bench.md and the plot of the history."""
    runs = [json.loads(path.read_text("utf-8")) for path in sorted(history.glob("*.json"))]
    latest: dict[tuple[str, str], tuple[dict[str, Any], dict[str, Any]]] = {}
    for run in runs:
        for row in run["rows"]:
            latest[row["name"], row["what"]] = (row, run)
    lines = [
        "| | what | measured | middle half | goal | µs, ours / yardstick | when, commit, load |",
        "|---|---|---|---|---|---|---|",
        *(line(row, run) for _, (row, run) in sorted(latest.items())),
    ]
    (history / "history.svg").write_text(history_plot(runs), encoding="utf-8")
    plots = {"History of the ratios": "history.svg", "Throughput by containers": "scaling.svg"}
    drawn = [f"![{of}](bench/{file})\n" for of, file in plots.items() if (history / file).exists()]
    (docs / "bench.md").write_text("\n".join([HEAD, *lines, "", *drawn]), encoding="utf-8")


def line(row: dict[str, Any], run: dict[str, Any]) -> str:
    """Return a line of the table."""
    unit = f" {row['unit']}" if row["unit"] else ""
    sign = "≥" if row["at_least"] else "≤"
    costs = f"{row['ours']:.0f} / {row['yardstick']:.0f}" if row["ours"] else ""
    return (
        f"| {row['name']} | {row['what']} | {'' if row['is_reached'] else '**missed** '}"
        f"{row['value']:.3g}{unit} | {row['low']:.3g} – {row['high']:.3g}"
        f" | {sign} {row['goal']:.3g}{unit} | {costs}"
        f" | {run['measured_at'][:16]}, {run['commit'][:9]}, {run['load']:.1f} |"
    )


def history_plot(runs: list[dict[str, Any]]) -> str:
    """Return how near the ratios of each goal came to it, the worst of a run; 1 is reached."""
    series: dict[str, dict[float, float]] = {}
    for number, run in enumerate(runs, 1):
        for row in run["rows"]:
            if row["ours"] and row["value"] > 0:
                share = row["value"] / row["goal"]
                near = share if row["at_least"] else 1 / share
                worst = series.setdefault(row["name"], {})
                worst[number] = min(near, worst.get(number, near))
    lines = [Line(name, sorted(worst.items())) for name, worst in sorted(series.items())]
    end = TICKS * ceil(len(runs) / TICKS)
    goal = Line("goal", [(0, 1), (end, 1)], dashed=True)
    return plot("Of the goal", [*lines, goal], unit="1 is reached", x_unit="runs").replace(
        "<svg ", '<svg font-family="sans-serif" font-size="11" ', 1
    )
