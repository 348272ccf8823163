"""What a run comes to: one HTML page, JSON for machines, JUnit for CI.

`python -m loadtests.report FOLDER [BASELINE]`; BASELINE is another run's `run.json`. Ends with 1
where the run is worse than the baseline.
"""

import json
import sys
from collections import Counter
from html import escape
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from loadtests.compare import Comparison, compare_runs
from loadtests.histogram import percentile
from loadtests.svg import Line, plot
from loadtests.timeline import Timeline, load_timeline

WORSE = 1
STYLE = (Path(__file__).parent / "report.css").read_text(encoding="utf-8")


def main(folder: Path, baseline: Path | None) -> int:
    """Write report.html, summary.json and junit.xml beside the run; return the exit status."""
    run = read_run(folder / "run.json")
    timeline = load_timeline(run["timeline"])
    compared = None
    if baseline:
        compared = compare_runs(load_timeline(read_run(baseline)["timeline"]), timeline)
    saturation = read_saturation(folder / "saturation.jsonl")
    (folder / "report.html").write_text(page(run, timeline, saturation, compared), "utf-8")
    (folder / "summary.json").write_text(json.dumps(summary(run, timeline, compared), indent=1))
    (folder / "junit.xml").write_text(junit(run), "utf-8")
    print(f"{headline(run)}  {folder / 'report.html'}")
    for item in compared or []:
        print(f"{item.metric}: {item.verdict} ({item.before:.4g} → {item.after:.4g})")
    is_worse = any(item.verdict == "worse" for item in compared or [])
    return WORSE if is_worse else 0


def read_run(path: Path) -> dict[str, Any]:
    """Return what a run has written down."""
    run: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return run


def read_saturation(path: Path) -> list[dict[str, Any]]:
    """Return how busy the containers were; nothing where nobody looked."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def headline(run: dict[str, Any]) -> str:
    """Return the run's verdict in a few words."""
    if run["void"]:
        return "VOID"
    if run["knee"]:
        return f"KNEE at {run['knee']:.4g} visits a second"
    broken = sum(not verdict["is_kept"] for verdict in run["verdicts"])
    return f"FAILED: {broken} gates broken" if broken else "PASSED"


def summary(
    run: dict[str, Any], timeline: Timeline, compared: list[Comparison] | None
) -> dict[str, Any]:
    """Return the figures of a run for machines."""
    return {
        **{name: run[name] for name in ("shape", "rate", "host", "knee", "void", "guard")},
        "verdict": headline(run),
        "requests": [row(timeline, name) for name in [*timeline.names(), None]],
        "broken": [verdict for verdict in run["verdicts"] if not verdict["is_kept"]],
        "faults": [[*key, count] for key, count in timeline.faults.most_common()],
        "compared": [item.__dict__ for item in compared] if compared else None,
    }


def row(timeline: Timeline, name: str | None) -> dict[str, Any]:
    """Return the figures of one name, or of all."""
    cell, seconds = timeline.total(name=name), max(1, len(timeline.seconds()))
    return {
        "name": name or "all",
        "requests": cell.count,
        "rate": cell.count / seconds,
        "failures": cell.failures,
        **{f"p{share}": percentile(cell.latencies, share / 100) for share in (50, 95, 99)},
    }


def junit(run: dict[str, Any]) -> str:
    """Return every gate as a test case; a void run is an error."""
    cases = []
    for verdict in run["verdicts"]:
        name = quoteattr(f"{verdict['name']} {verdict['what']}")
        text = quoteattr(
            f"{verdict['measured']:.4g} {verdict['unit']} of at most {verdict['bound']:.4g}"
        )
        fault = "" if verdict["is_kept"] else f"<failure message={text}/>"
        cases.append(f'<testcase classname="load" name={name}>{fault}</testcase>')
    if run["void"]:
        cases.append(
            '<testcase classname="load" name="generator">'
            f"<error message={quoteattr(run['void'])}/></testcase>"
        )
    return f'<?xml version="1.0"?>\n<testsuite name="load">{"".join(cases)}</testsuite>\n'


def page(
    run: dict[str, Any],
    timeline: Timeline,
    saturation: list[dict[str, Any]],
    compared: list[Comparison] | None,
) -> str:
    """Return the report."""
    verdict = headline(run)
    kind = "bad" if verdict.startswith(("VOID", "FAILED")) else "good"
    parts = [
        f"<h1>Load: {escape(run['shape'])}</h1>",
        f'<p class="verdict {kind}">{escape(verdict)}</p>',
        f"<p>{escape(run['host'])}, {run['rate']:g} visits a second planned.</p>",
        f'<p class="bad">{escape(run["void"])}</p>' if run["void"] else "",
        compared_table(compared) if compared else "",
        *plots(run, timeline, saturation),
        gates_table(run, timeline),
        faults_list(timeline),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Load: {escape(run['shape'])}</title><style>{STYLE}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>\n"
    )


def plots(run: dict[str, Any], timeline: Timeline, saturation: list[dict[str, Any]]) -> list[str]:
    """Return the plots of rate, latency, errors, caches and the server."""
    seconds = timeline.seconds()
    if not seconds:
        return []
    start = seconds[0]
    cells = {second: timeline.total(since=second, until=second + 1) for second in seconds}

    def line(name: str, value: Any, **style: bool) -> Line:
        return Line(name, [(s - start, value(cell)) for s, cell in cells.items()], **style)

    planned = [(moment - start, rate) for moment, rate in run["planned"] if moment >= start]
    drawn = [
        plot(
            "Rate",
            [Line("planned visits", planned, dashed=True), line("requests", lambda c: c.count)],
            unit="1/s",
        ),
        plot(
            "Latency since due",
            [line(f"p{p}", lambda c, p=p: percentile(c.latencies, p / 100)) for p in (50, 95, 99)],
            unit="ms",
        ),
        plot("Failures", [line("failures", lambda c: c.failures)], unit="1/s"),
    ]
    states = sorted(sum((cell.caches for cell in cells.values()), Counter()))
    if states:
        drawn.append(
            plot(
                "Edge's cache",
                [line(state, lambda c, s=state: c.caches[s]) for state in states],
                unit="1/s",
            )
        )
    for what, unit in (("cores", "cores"), ("memory", "MB")):
        services = sorted({name for sample in saturation for name in sample[what]})
        lines = [
            Line(
                name,
                [
                    (s["second"] - start, s[what].get(name, 0))
                    for s in saturation
                    if s["second"] >= start
                ],
            )
            for name in services
        ]
        if lines:
            drawn.append(plot(f"Server: {what}", lines, unit=unit))
    return [f"<figure>{svg}</figure>" for svg in drawn]


def gates_table(run: dict[str, Any], timeline: Timeline) -> str:
    """Return a table of every name with its gates; what is broken stands out."""
    verdicts = {(item["name"], item["what"]): item for item in run["verdicts"]}
    lines = []
    for name in timeline.names():
        figures = row(timeline, name)
        cells = []
        for what in ("p50", "p95", "p99", "failures"):
            item = verdicts[name, what]
            mark = "" if item["is_kept"] else ' class="bad"'
            cells.append(
                f"<td{mark}>{item['measured']:.4g} <small>≤ {item['bound']:.4g}</small></td>"
            )
        lines.append(
            f"<tr><th>{escape(name)}</th><td>{figures['requests']}</td>"
            f"<td>{figures['rate']:.1f}</td>{''.join(cells)}</tr>"
        )
    return (
        '<div class="scroll"><table><tr><th>requests</th><th>count</th><th>1/s</th><th>p50 ms</th>'
        f"<th>p95 ms</th><th>p99 ms</th><th>failures %</th></tr>{''.join(lines)}</table></div>"
    )


def compared_table(compared: list[Comparison]) -> str:
    """Return a table of both runs."""
    lines = [
        f"<tr><th>{item.metric}</th><td>{item.before:.4g}</td><td>{item.after:.4g}</td>"
        f"<td>{item.low:.3f} – {item.high:.3f}</td><td>{item.p:.3g}</td>"
        f'<td class="{"bad" if item.verdict == "worse" else ""}">{escape(item.verdict)}</td></tr>'
        for item in compared
    ]
    return (
        '<h2>Against the baseline</h2><div class="scroll"><table><tr><th></th><th>before</th>'
        "<th>now</th><th>ratio, 95 %</th><th>p</th><th>verdict</th></tr>"
        f"{''.join(lines)}</table></div>"
    )


def faults_list(timeline: Timeline) -> str:
    """Return what went wrong, the commonest first."""
    if not timeline.faults:
        return ""
    lines = [
        f"<li>{count} × {escape(name)}: {escape(fault)}</li>"
        for (name, fault), count in timeline.faults.most_common(20)
    ]
    return f"<h2>What went wrong</h2><ul>{''.join(lines)}</ul>"


if __name__ == "__main__":
    given = [Path(argument) for argument in sys.argv[1:]]
    sys.exit(main(given[0], given[1] if len(given) > 1 else None))
