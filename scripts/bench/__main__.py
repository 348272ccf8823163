"""Runs the benchmark: python -m scripts.bench [--short] [--only application,memory,…]."""

import argparse
import json
import os
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from app.settings import ROOT
from scripts.bench.bundle import bundle_rows
from scripts.bench.images import image_rows, output
from scripts.bench.page import write_page
from scripts.bench.rows import Row, application_rows, memory_rows
from scripts.bench.scaling import scaling_rows
from scripts.bench.servers import GENERATOR_CORE
from scripts.bench.size import size_rows

HISTORY = ROOT / "docs" / "bench"
SETS = ("application", "memory", "images", "size", "bundle", "scaling")


def main() -> None:
    """Measure, print the table, keep it and renew the page."""
    arguments = parse()
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {GENERATOR_CORE} & cores or cores)
    chosen = arguments.only.split(",")
    if unknown := set(chosen) - set(SETS):
        sys.exit(
            f"There is no {', '.join(sorted(unknown))}: --only takes some of {', '.join(SETS)}."
        )
    rows: list[Row] = []
    if "application" in chosen:
        # Many short turns: whatever else the machine does falls on both servers.
        repeats = 7 if arguments.short else 25
        requests = 80 if arguments.short else 240
        rows += application_rows(posts=300, requests=requests, repeats=repeats)
    if "memory" in chosen:
        rows += memory_rows(posts=300, requests=arguments.requests)
    if "images" in chosen:
        rows += image_rows()
    if "size" in chosen:
        rows += size_rows(posts=arguments.posts)
    if "bundle" in chosen:
        rows += bundle_rows()
    if "scaling" in chosen:
        rows += scaling_rows(HISTORY / "scaling.svg")
    print("\n".join(table(rows)))
    if arguments.keep:
        keep(rows)
        write_page(HISTORY, ROOT / "docs")


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="scripts.bench", description=__doc__)
    parser.add_argument("--short", action="store_true", help="fewer requests and repeats")
    parser.add_argument("--only", default=",".join(SETS), help=f"some of {', '.join(SETS)}")
    parser.add_argument("--requests", type=int, default=20_000, help="of P10; a million for it all")
    parser.add_argument("--posts", type=int, default=100_000, help="of P8's large blog")
    parser.add_argument("--keep", action="store_true", help="write docs/bench and its page")
    return parser.parse_args()


def table(rows: list[Row]) -> list[str]:
    """Return the table for people."""
    lines = [f"{'':5}{'what':34}{'measured':>10}  {'middle half':>17}  {'goal':>9}"]
    for row in rows:
        sign = "≥" if row.at_least else "≤"
        lines.append(
            f"{row.name:5}{row.what:34}{row.value:>10.3g}  {row.low:>8.3g}{row.high:>9.3g}"
            f"  {sign} {row.goal:.3g} {row.unit:3}{'ok' if row.is_reached else 'MISSED':>7}"
            + (f"  {row.ours:.0f} µs of {row.yardstick:.0f} µs" if row.ours else "")
        )
    return lines


def keep(rows: list[Row]) -> Path:
    """Write the rows with the commit and how busy the machine was."""
    commit = output("git", "log", "-1", "--format=%H")
    now = datetime.now(UTC)
    HISTORY.mkdir(parents=True, exist_ok=True)
    path = HISTORY / f"{now:%Y%m%dT%H%M%S}.json"
    found = {
        "commit": commit,
        "measured_at": now.isoformat(timespec="seconds"),
        "load": os.getloadavg()[0],
        "cores": os.cpu_count(),
        "rows": [asdict(row) | {"is_reached": row.is_reached} for row in rows],
    }
    path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


if __name__ == "__main__":
    main()
