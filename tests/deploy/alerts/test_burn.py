"""The alerts of the service levels: quick for an outage, patient with a slow burn, silent else."""

import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.slo import levels
from scripts.slo.levels import AnyLevel, seconds
from tests.deploy.alerts.promtool import RULES, check, firing

SLO = levels.load()
BY_NAME = {level.name: level for level in SLO.levels}
AVAILABILITIES = [level for level in SLO.levels if level.kind == "availability"]
STEP = 120  # seconds from one sample to the next
EVENTS = 120  # in a step


def rules_of(folder: Path, *chosen: AnyLevel, but: tuple[str, ...] = ()) -> Path:
    """Write the rules of some levels, without those that end so or that only a dashboard needs."""
    whole = yaml.safe_load((RULES / "service-levels.yml").read_text())
    names = {level.name for level in chosen}
    for group in whole["groups"]:
        group["rules"] = [
            rule
            for rule in group["rules"]
            if rule["labels"]["level"] in names
            and not rule.get("record", "").endswith(("30d", "budget", "budget_left", *but))
            and not (but and rule["labels"].get("burn") in ("3x", "1x"))
        ]
    path = folder / "rules.yml"
    path.write_text(yaml.safe_dump(whole))
    return path


# What only the two slower alerts, 3x and 1x, are computed from.
SLOW = ("1d", "3d", "2h")


def counters(level: AnyLevel, bad: list[int], events: int = EVENTS) -> dict[str, list[int]]:
    """Return the samples of the series behind a level, for so many bad events in each step."""
    good = [events - number for number in bad]
    if level.kind == "availability":
        of_class = f'{{class="{level.route_class}"}}'
        return {
            f"ironpress_edge_failed_requests_total{of_class}": running(bad),
            f"ironpress_edge_requests_total{of_class}": running([events] * len(bad)),
        }
    if level.kind == "age":
        moments = [step * STEP - (400 if number else 1) for step, number in enumerate(bad)]
        return {level.metric: moments}
    metric, label = (
        ("ironpress_edge_request_duration_seconds", f'class="{level.route_class}"')
        if level.kind == "latency"
        else (level.metric, f'kind="{level.where.split(chr(34))[1].removesuffix(".*")}"')
    )
    return {
        f'{metric}_bucket{{{label}, le="{level.threshold:g}"}}': running(good),
        f"{metric}_count{{{label}}}": running([events] * len(bad)),
    }


def running(numbers: list[int]) -> list[int]:
    """Return the sums of what came so far, as a counter shows them."""
    total, sums = 0, []
    for number in numbers:
        total += number
        sums.append(total)
    return sums


def case(
    level: AnyLevel, bad: list[int], *expected: dict[str, Any], events: int = EVENTS
) -> dict[str, Any]:
    """Return a unit test."""
    return {
        "name": level.name,
        "interval": f"{STEP}s",
        "input_series": [
            {"series": name, "values": " ".join(map(str, values))}
            for name, values in counters(level, bad, events).items()
        ],
        "promql_expr_test": list(expected),
    }


def pages(level: AnyLevel, moment: str, expected: bool) -> dict[str, Any]:
    """Return the expectation that a level's alert wakes somebody at a moment, or does not."""
    test = firing(level.alert, moment, expected)
    return test | {"expr": test["expr"].replace("}", ', severity="page"}', 1)}


def test_a_total_outage_pages_within_five_minutes(tmp_path: Path) -> None:
    hour = seconds("1h") // STEP
    cases = [
        case(
            level,
            [0] * hour + [EVENTS] * 10,
            pages(level, "1h", False),
            pages(level, "65m", True),
        )
        for level in AVAILABILITIES
    ]
    check(tmp_path, rules_of(tmp_path, *AVAILABILITIES, but=SLOW), *cases, evaluate="30s")


def test_what_is_slow_for_everyone_pages_within_fifteen_minutes(
    tmp_path: Path,
) -> None:
    hour = seconds("1h") // STEP
    slow = [level for level in SLO.levels if level.kind == "latency"]
    cases = [case(level, [0] * hour + [EVENTS] * 10, pages(level, "75m", True)) for level in slow]
    check(tmp_path, rules_of(tmp_path, *slow, but=SLOW), *cases, evaluate="30s")


@pytest.mark.parametrize("level", SLO.levels, ids=lambda level: level.name)
def test_a_slow_burn_makes_a_ticket_within_its_window_and_wakes_nobody(
    tmp_path: Path, level: AnyLevel
) -> None:
    day = seconds("1d") // STEP
    bad, events = twice_as_fast(level, 3 * day)
    test = case(
        level,
        [0] * (2 * day) + bad,
        firing(level.alert, "49h", False),
        firing(level.alert, "5d", True),
        pages(level, "5d", False),
        events=events,
    )
    check(tmp_path, rules_of(tmp_path, level), test, evaluate="5m")


def twice_as_fast(level: AnyLevel, steps: int) -> tuple[list[int], int]:
    """Return bad events that use the budget up in half its time, and the events of a step."""
    if level.kind == "age":  # A moment is bad or not; here one in so many is.
        apart = round(1 / (2 * level.budget))
        return [int(step % apart == 0) for step in range(steps)], 1
    return [round(2 * level.budget * 2000)] * steps, 2000


def noise(level: AnyLevel, steps: int, chance: random.Random) -> list[int]:
    """Return bad events as a healthy month has them: scattered, and a small burst now and then."""
    events = 1 if level.kind == "age" else EVENTS
    bad = [sum(chance.random() < level.budget / 4 for _ in range(events)) for _ in range(steps)]
    for _ in range(steps // 720):  # Once a day: a deploy, a slow disk, a nightly job.
        bad[chance.randrange(steps)] += min(EVENTS // 2, round(20 * level.budget * EVENTS) + 2)
    return bad


@pytest.mark.parametrize("level", SLO.levels, ids=lambda level: level.name)
def test_thirty_healthy_days_with_ordinary_noise_wake_nobody(
    tmp_path: Path, level: AnyLevel
) -> None:
    bad = noise(level, 30 * seconds("1d") // STEP, random.Random(20261125))
    # Levels that wake nobody have alerts of the same pace; they must be as quiet.
    quiet = {"expr": 'count_over_time(ALERTS{burn=~"14.4x|6x"}[30d])', "eval_time": "30d"}
    check(tmp_path, rules_of(tmp_path, level, but=SLOW), case(level, bad, quiet), evaluate="10m")


def test_five_failures_of_a_quiet_night_are_needed_to_wake_somebody(
    tmp_path: Path,
) -> None:
    level = BY_NAME["write-availability"]
    few = [0] * 30 + [1, 1, 1] + [0] * 5
    test = case(level, few, pages(level, "70m", False), events=1)
    check(tmp_path, rules_of(tmp_path, level, but=SLOW), test, evaluate="30s")
