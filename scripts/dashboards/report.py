"""Draws the dashboards from Prometheus into one HTML file: `make report [HOURS=3]`.

For people without Grafana: the same panels, drawn here, in a page that needs nothing else.
"""

import argparse
import json
import time
import urllib.parse
import urllib.request
from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from loadtests.svg import COLOURS, Line, plot
from scripts.dashboards import DASHBOARDS
from scripts.dashboards.panels import Dashboard, Panel, plain
from scripts.marks import Mark, kept

POINTS = 180
MOST_SERIES = 8
STYLE = (Path(__file__).parent / "report.css").read_text()
# Grafana's unit → what is written beside the plot, and by how much its values are divided.
UNITS = {
    "s": ("seconds", 1.0),
    "reqps": ("requests a second", 1.0),
    "ops": ("a second", 1.0),
    "percentunit": ("%", 0.01),
    "bytes": ("MiB", 2.0**20),
    "Bps": ("KiB a second", 2.0**10),
    "short": ("number", 1.0),
}
Series = tuple[str, list[tuple[float, float]]]


class Prometheus:
    """Answers queries over a time."""

    def __init__(self, address: str, end: float, seconds: float) -> None:
        self.address = address
        self.start, self.end = end - seconds, end
        self.step = max(5, round(seconds / POINTS))

    def read(self, expression: str) -> list[dict[str, Any]]:
        """Return the series of a query, as Prometheus writes them."""
        # A rate needs several scrapes, and no gap between two points.
        query = plain(expression).replace("[1m]", f"[{max(60, self.step)}s]")
        arguments = {"query": query, "start": self.start, "end": self.end, "step": self.step}
        data = urllib.parse.urlencode(arguments).encode()
        with urllib.request.urlopen(f"{self.address}/api/v1/query_range", data) as answer:  # noqa: S310
            found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
        return found


def series(panel: Panel, source: Prometheus) -> list[Series]:
    """Return a panel's series in its unit, the largest first, in minutes since the beginning."""
    size = UNITS[panel.unit][1]
    found = []
    for query in panel.queries:
        for one in source.read(query.expression):
            points = [
                ((moment - source.start) / 60, float(value) / size)
                for moment, value in one["values"]
                if value not in ("NaN", "+Inf", "-Inf")
            ]
            if points:
                found.append((named(query.name, one["metric"]), points))
    return sorted(found, key=lambda one: -max(y for _, y in one[1]))


def named(pattern: str, labels: dict[str, str]) -> str:
    """Return the name of a series: its pattern with the labels filled in."""
    for label, value in labels.items():
        pattern = pattern.replace(f"{{{{{label}}}}}", value)
    return pattern


def figure(panel: Panel, found: list[Series], marks: Iterable[float]) -> str:
    """Return a panel as a plot, or as numbers when that is all there is to say."""
    title = escape(panel.title)
    link = f'<a href="docs/runbooks/{panel.alert}.md">runbook</a>' if panel.alert else ""
    if not found:
        return f"<figure><h3>{title} {link}</h3><p class=none>nothing was measured</p></figure>"
    unit, size = UNITS[panel.unit]
    if panel.big:
        values = "".join(
            f"<li><b>{points[-1][1]:.4g}</b> {escape(unit)} <span>{escape(name)}</span></li>"
            for name, points in found
        )
        return f"<figure><h3>{title} {link}</h3><ul class=numbers>{values}</ul></figure>"
    shown = found[:MOST_SERIES]
    # A budget that is more than used up would run out of the plot; its number is beside it.
    lines = [Line(name, [(x, max(0.0, y)) for x, y in points]) for name, points in shown]
    top = max(y for _, points in shown for _, y in points)
    if panel.bad is not None and panel.bad / size <= 3 * (top or panel.bad / size):
        last = max(x for _, points in shown for x, _ in points)
        lines.append(Line("", [(0, panel.bad / size), (last, panel.bad / size)], dashed=True))
    lines += [Line("", [(x, 0), (x, top)], dashed=True) for x in marks]
    drawn = plot(panel.title, lines, unit=unit, x_unit="min", named=False)
    names = "".join(
        f'<li><i style="background:{colour}"></i>{escape(name)} <b>{points[-1][1]:.4g}</b></li>'
        for (name, points), colour in zip(shown, COLOURS * 2, strict=False)
    )
    more = f"<li>and {len(found) - len(shown)} more</li>" if len(found) > len(shown) else ""
    return f"<figure>{drawn}<ul class=names>{names}{more}<li>{link}</li></ul></figure>"


def page(dashboards: Iterable[Dashboard], source: Prometheus, marks: list[Mark]) -> str:
    """Return the whole document."""
    begin, end = (datetime.fromtimestamp(at, UTC) for at in (source.start, source.end))
    here = [mark for mark in marks if source.start <= mark.moment <= source.end]
    upright = [(mark.moment - source.start) / 60 for mark in here]
    parts = [
        f"<h1>Ironpress</h1><p>{begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC,"
        f" a point each {source.step} s.</p>"
    ]
    if here:
        rows = "".join(
            f"<li>{datetime.fromtimestamp(mark.moment, UTC):%H:%M:%S} {escape(mark.text)}</li>"
            for mark in here
        )
        parts.append(f"<h2>Marks</h2><ul>{rows}</ul>")
    for dashboard in dashboards:
        figures = "".join(
            figure(panel, series(panel, source), upright) for panel in dashboard.panels
        )
        parts.append(f"<h2>{escape(dashboard.title)}</h2><div class=panels>{figures}</div>")
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Ironpress: report</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style><main>{''.join(parts)}</main></html>\n"
    )


def main() -> None:
    """Write the report."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--prometheus", default="http://127.0.0.1:9090")
    options.add_argument("--hours", type=float, default=3)
    options.add_argument("--out", type=Path, default=Path("build/report.html"))
    given = options.parse_args()
    source = Prometheus(given.prometheus.rstrip("/"), time.time(), given.hours * 3600)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(page(DASHBOARDS, source, kept()))
    print(f"Wrote {given.out}.")


if __name__ == "__main__":
    main()
