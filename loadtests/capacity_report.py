"""Reads a run of the shape `knee` and says what the bundle carries: `make capacity`.

`python -m loadtests.capacity_report FOLDER --price 0.04` reads the run, how busy the containers
were, what Compose was told and the web's own metrics before and after it; it writes capacity.html,
capacity.json and settings.env into the folder.
"""

import argparse
import json
import math
from dataclasses import asdict
from html import escape
from pathlib import Path

from loadtests.capacity import OVERFLOW, PLANNED_USE, Capacity, Web, find, read_limits, read_web
from loadtests.report import STYLE, read_run, read_saturation
from loadtests.steps import Step, read_steps
from loadtests.svg import Line, plot
from loadtests.usl import Law


def sentences(found: Capacity, web: Web) -> list[str]:
    """Return the result in words."""
    knee = found.knee
    return [
        f"Knee: {knee.visits:.0f} visits a second ({knee.requests:.0f} requests, p99"
        f" {knee.p99:.0f} ms). Nearest to its end is {found.bottleneck or 'nothing that was seen'}"
        f" ({found.bottleneck_use:.0%} of its processors).",
        scalability(found.law),
        f"Threads were busy {web.busy:.2f} s for a second of processor.",
        f"For {found.target:.0f} visits a second at {PLANNED_USE:.0%} use: {found.replicas} web"
        f" containers of {web.cpus:g} CPUs with {found.workers} workers of {found.threads} threads,"
        f" a pool of {found.pool} + {OVERFLOW}, {found.connections} connections.",
        f"A million requests use {found.core_seconds * 1e6 / 3600:.2f} core-hours; at"
        f" {found.price:g} a core-hour and {PLANNED_USE:.0%} use they cost {found.cost:.3f}.",
    ]


def scalability(law: Law | None) -> str:
    """Return the law in words."""
    if not law:
        return "Scalability: too few steps until a level broke; begin with a lower RATE."
    peak = f"{law.peak:.0f} requests at once" if math.isfinite(law.peak) else "none"
    return (
        f"Scalability: λ {law.rate:.1f} requests a second, σ {law.contention:.4f},"
        f" κ {law.coherency:.2e} (R² {law.fitness:.3f}); peak: {peak}."
    )


def page(steps: list[Step], found: Capacity, said: list[str]) -> str:
    """Return the report."""
    most = max(step.concurrency for step in steps)
    counts = [most * i / 100 for i in range(1, 101)]
    law = found.law
    curve = [Line("law", [(n, law.throughput(n)) for n in counts])] if law else []
    drawn = [
        plot(
            "Throughput by requests at once",
            [
                *curve,
                Line("measured", [(s.concurrency, s.requests) for s in steps], dots=True),
            ],
            unit="requests a second",
            x_unit="at once",
        ),
        plot(
            "Latency by visits a second",
            [
                Line("p99", [(s.visits, s.p99) for s in steps]),
                Line("mean", [(s.visits, s.mean) for s in steps]),
                Line(
                    "knee",
                    [(found.knee.visits, 0), (found.knee.visits, found.knee.p99)],
                    dashed=True,
                ),
            ],
            unit="ms",
            x_unit="visits/s",
        ),
        plot(
            "Processors by visits a second",
            [
                Line(name, [(s.visits, s.cores.get(name, 0.0)) for s in steps])
                for name in sorted({n for s in steps for n, used in s.cores.items() if used > 0.02})
            ],
            unit="cores",
            x_unit="visits/s",
        ),
    ]
    rows = "".join(
        f"<tr><th>{s.visits:.0f}</th><td>{s.requests:.0f}</td><td>{s.concurrency:.2f}</td>"
        f"<td>{s.mean:.1f}</td><td>{s.p99:.0f}</td>"
        f'<td class="words{" bad" if s.broken else ""}">'
        f"{escape('; '.join(s.broken) or 'held')}</td></tr>"
        for s in steps
    )
    settings = "\n".join(f"{name}={value}" for name, value in found.settings.items())
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Capacity</title><style>{STYLE}</style></head><body><main><h1>Capacity</h1>"
        f"{''.join(f'<p>{escape(one)}</p>' for one in said)}"
        f"{''.join(f'<figure>{svg}</figure>' for svg in drawn)}"
        '<div class="scroll"><table><tr><th>visits/s</th><th>requests/s</th><th>at once</th>'
        f"<th>mean ms</th><th>p99 ms</th><th>levels</th></tr>{rows}</table></div>"
        f"<h2>Settings</h2><pre>{escape(settings)}</pre></main></body></html>\n"
    )


def main() -> None:
    """Read the folder; write what was found into it, and print it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("--price", type=float, default=0.04)
    options.add_argument("--target", type=float, default=0.0)
    given = options.parse_args()
    folder: Path = given.folder
    run, saturation = read_run(folder / "run.json"), read_saturation(folder / "saturation.jsonl")
    if run["void"]:
        raise SystemExit(f"The run is void: {run['void']}")
    compose = json.loads((folder / "compose.json").read_text(encoding="utf-8"))
    web, steps = read_web(folder, compose, saturation), read_steps(run, saturation)
    try:
        found = find(steps, read_limits(compose), web, price=given.price, target=given.target)
    except ValueError as error:
        raise SystemExit(str(error)) from None
    said = sentences(found, web)
    settings = "".join(f"{name}={value}\n" for name, value in found.settings.items())
    (folder / "settings.env").write_text(settings, encoding="utf-8")
    (folder / "capacity.html").write_text(page(steps, found, said), encoding="utf-8")
    whole = asdict(found) | {"cost": found.cost, "steps": [asdict(one) for one in steps]}
    (folder / "capacity.json").write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    print("\n".join([*said, f"{folder / 'capacity.html'}"]))


if __name__ == "__main__":
    main()
