"""The law is found in what was measured, and what to set follows from the knee."""

import random
from dataclasses import replace
from typing import Any

import pytest

from loadtests.capacity import Web, find, read_limits
from loadtests.histogram import bucket
from loadtests.steps import Step, read_steps
from loadtests.timeline import Timeline
from loadtests.usl import Law, fit

LIMITS = {"edge": 1.0, "web": 2.0, "postgres": 1.0}
WEB = Web(replicas=2, cpus=1.0, threads=8, busy=1.5)


def step(visits: float, *broken: str) -> Step:
    cores = {"edge": visits / 500, "web": visits / 100, "postgres": visits / 400, "loadtest": 9.0}
    return Step(visits, 2 * visits, 10 + visits / 10, 50.0, cores, broken)


def test_the_law_is_found_again_in_what_it_makes() -> None:
    law, chance = Law(30, 0.02, 5e-4), random.Random(1)
    points = [(n, law.throughput(n) * chance.uniform(0.98, 1.02)) for n in range(1, 33)]
    found = fit(points)
    assert found.rate == pytest.approx(30, rel=0.02)
    assert found.contention == pytest.approx(0.02, abs=0.005)
    assert found.coherency == pytest.approx(5e-4, rel=0.2)
    assert found.peak == pytest.approx(44, rel=0.1)
    assert found.fitness > 0.99


def test_what_grows_in_step_neither_waits_nor_disturbs() -> None:
    found = fit([(n, 30.0 * n) for n in range(1, 9)])
    assert (found.contention, found.coherency) == (0, 0)
    assert found.peak == float("inf")


def test_the_knee_is_the_last_step_before_a_level_broke() -> None:
    steps = [step(50), step(100), step(150, "anonymous: p99 200 of 100 ms"), step(190)]
    found = find(steps, LIMITS, WEB, price=0.04, target=0)
    assert found.knee.visits == 100
    assert (found.bottleneck, found.bottleneck_use) == ("web", 0.5)
    # 0.2 + 1 + 0.25 cores for 200 requests a second.
    assert found.core_seconds == pytest.approx(1.45 / 200)
    assert found.cost == pytest.approx(1.45 / 200 * 1e6 / 3600 * 0.04 / 0.7)
    assert found.settings["WEB_THREADS"] == "2"


def test_more_visits_need_more_containers_and_connections() -> None:
    steps = [step(50), step(100), step(150)]
    found = find(steps, LIMITS, replace(WEB, busy=6.0), price=0.04, target=1000)
    assert found.replicas == 15  # Ten cores at seven tenths.
    assert (found.threads, found.pool) == (6, 6)
    assert found.connections >= 2 * 15 * 2 * 8 + 3
    assert found.connections % 50 == 0


def test_a_first_step_that_breaks_a_level_is_said() -> None:
    with pytest.raises(ValueError, match="The first step"):
        find([step(50, "write: 3 % failed")], LIMITS, WEB, price=1, target=0)


def test_steps_are_read_from_a_run_with_what_broke() -> None:
    timeline = Timeline()
    planned = [(1000.0 + second, 20.0 if second < 10 else 25.0) for second in range(20)]
    for moment, rate in planned:
        for _ in range(int(rate)):
            slow = 300.0 if rate > 20 else 20.0
            timeline.record(
                second=int(moment), name="anonymous: home", milliseconds=slow, fault="", cache=""
            )
    run: dict[str, Any] = {"planned": planned, "timeline": timeline.dump()}
    looks = [{"second": 1000 + second, "cores": {"web": 0.5}} for second in range(20)]
    held, broke = read_steps(run, looks)
    assert (held.visits, held.requests, held.broken) == (20, 20, ())
    assert held.concurrency == pytest.approx(0.4, rel=0.05)
    assert held.cores == {"web": 0.5}
    assert broke.broken[0].startswith("anonymous: p99 3")
    assert bucket(broke.p99) == bucket(300)


def test_only_what_serves_readers_is_paid_for() -> None:
    compose = {
        "services": {
            "web": {"cpus": 1.0, "deploy": {"replicas": 2}},
            "postgres": {"cpus": 1.0, "profiles": ["postgres"]},
            "migrate": {"cpus": 1.0, "restart": "no"},
            "prometheus": {"cpus": 0.5, "profiles": ["monitoring"]},
        }
    }
    assert read_limits(compose) == {"web": 2.0, "postgres": 1.0}
