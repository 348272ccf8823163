"""Makes Prometheus' recording rules and alerts of the service levels.

For each level and window: `slo:bad:increase1h`, `slo:total:increase1h` and their quotient
`slo:error_ratio:1h`, all with the label `level`.
"""

import re
from typing import Any

import yaml

from scripts.slo.levels import (
    Age,
    AnyLevel,
    Availability,
    BurnWindow,
    Latency,
    ServiceLevels,
    seconds,
)

# What is looked at over a long time need not be computed every few seconds.
# Over a longer time the sums of five minutes are added up instead of reading every sample again.
LONGEST_READ = 6 * 3600
INTERVALS = ((3600, "15s"), (6 * 3600, "1m"), (10**9, "5m"))
DURATION = re.compile(r"(?<![\w.])(\d+)([smhd])(?!\w)")


def events(level: AnyLevel, window: str) -> tuple[str, str]:
    """Return the queries for the number of bad events and of all, over a window."""
    if isinstance(level, Age):
        age = f"time() - max({level.metric})"
        bad = f"sum_over_time(({age} > bool {level.threshold:g})[{window}:1m])"
        return bad, f"count_over_time(({age})[{window}:1m])"
    if isinstance(level, Availability):
        of_class = f'{{class="{level.route_class}"}}'
        return (
            f"sum(increase(ironpress_edge_failed_requests_total{of_class}[{window}]))",
            f"sum(increase(ironpress_edge_requests_total{of_class}[{window}]))",
        )
    if isinstance(level, Latency):
        metric, where = "ironpress_edge_request_duration_seconds", f'class="{level.route_class}"'
    else:
        metric, where = level.metric, level.where
    limit = f'le=~"{level.threshold:g}(\\\\.0)?"'
    good = f"sum(increase({metric}_bucket{{{', '.join(filter(None, (where, limit)))}}}[{window}]))"
    total = f"sum(increase({metric}_count{{{where}}}[{window}]))"
    return f"{total} - {good}", total


def recordings(level: AnyLevel, window: str) -> list[dict[str, Any]]:
    """Return the three recording rules of a level and a window."""
    named = f'{{level="{level.name}"}}'
    if seconds(window) <= LONGEST_READ:
        bad, total = events(level, window)
    else:
        bad, total = (
            f"sum_over_time(slo:{kind}:increase5m{named}[{window}:5m])" for kind in ("bad", "total")
        )
    ratio = f"slo:bad:increase{window}{named} / slo:total:increase{window}{named}"
    rules = (("bad:increase", bad), ("total:increase", total), ("error_ratio:", ratio))
    return [
        {"record": f"slo:{name}{window}", "expr": query, "labels": {"level": level.name}}
        for name, query in rules
    ]


def budget(level: AnyLevel) -> list[dict[str, Any]]:
    """Return what is left of the level's error budget, as a share of it."""
    left = f'1 - slo:error_ratio:{level.window}{{level="{level.name}"}} / {level.budget:g}'
    constant = {"record": "slo:budget", "expr": f"vector({level.budget:g})"}
    rules = [{"record": "slo:budget_left", "expr": left}, constant]
    return [rule | {"labels": {"level": level.name}} for rule in rules]


def alert(level: AnyLevel, window: BurnWindow, slo: ServiceLevels) -> dict[str, Any]:
    """Return the alert of one pair of windows."""
    named = f'{{level="{level.name}"}}'
    limit = f"{window.factor:g} * {level.budget:g}"
    expression = (
        f"slo:error_ratio:{window.long}{named} > {limit}"
        f" and slo:error_ratio:{window.short}{named} > {limit}"
        f" and slo:bad:increase{window.long}{named} >= {slo.burn.least_bad_events}"
    )
    days = seconds(level.window) / 86400 / window.factor
    return {
        "alert": level.alert,
        "expr": expression,
        "for": window.wait,
        "labels": {
            "level": level.name,
            "severity": window.severity if level.wakes else "ticket",
            "burn": f"{window.factor:g}x",
        },
        "annotations": {
            "summary": f"{level.title}: not as promised",
            "description": (
                f"{{{{ $value | humanizePercentage }}}} of the events of the last {window.long} "
                f"were bad, {level.budget:.3%} may be. At this pace the budget of {level.window}"
                f" is used up in {days:.3g} days."
            ),
            "runbook_url": f"{slo.runbooks}/{level.alert}.md",
        },
    }


def rules(slo: ServiceLevels) -> dict[str, Any]:
    """Return the whole file: recordings by how often they are computed, then the alerts."""
    pairs = slo.burn.windows
    windows = {w for pair in pairs for w in (pair.long, pair.short)}
    windows |= {level.window for level in slo.levels}
    groups: dict[str, list[dict[str, Any]]] = {interval: [] for _, interval in INTERVALS}
    for window in sorted(windows, key=seconds):
        interval = next(name for limit, name in INTERVALS if seconds(window) <= limit)
        for level in slo.levels:
            if window != level.window and window not in {
                w for p in pairs for w in (p.long, p.short)
            }:
                continue
            groups[interval] += recordings(level, window)
    groups[INTERVALS[-1][1]] += [rule for level in slo.levels for rule in budget(level)]
    alerts = [alert(level, pair, slo) for level in slo.levels for pair in pairs]
    return {
        "groups": [
            *(
                {"name": f"service-levels-{i}", "interval": i, "rules": r}
                for i, r in groups.items()
            ),
            {"name": "service-level-alerts", "rules": alerts},
        ]
    }


def scaled(text: str, by: int) -> str:
    """Return rules in which every time is so many times shorter, for tests that cannot wait."""

    def shorter(found: re.Match[str]) -> str:
        return f"{max(1, round(seconds(found[0]) / by))}s"

    def inside(line: re.Match[str]) -> str:
        return DURATION.sub(shorter, line[0])

    return re.sub(r"\[[^\]\n]*\]|(?m:^\s*(?:for|interval): .*$)", inside, text)


def text(slo: ServiceLevels) -> str:
    """Return the file as it is kept."""
    head = "# Made by `make slo` of deploy/slo.yaml.\n"
    return head + yaml.safe_dump(rules(slo), sort_keys=False, width=1000, allow_unicode=True)
