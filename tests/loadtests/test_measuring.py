"""Figures of a run: how they are counted, added up and judged."""

import random

import pytest

from loadtests.compare import compare
from loadtests.gates import Gate, judge, read_gates
from loadtests.guard import Guard
from loadtests.histogram import bucket, percentile, upper_bound
from loadtests.pace import MOST_BEHIND, Pace
from loadtests.shapes import SHAPES
from loadtests.timeline import Timeline, load_timeline


def timeline_of(*latencies: float, name: str = "anonymous: article", fault: str = "") -> Timeline:
    timeline = Timeline()
    for number, latency in enumerate(latencies):
        timeline.record(
            second=number // 10, name=name, milliseconds=latency, fault=fault, cache="hit"
        )
    return timeline


@pytest.mark.parametrize("latency", [0.1, 1, 17.3, 250, 9000])
def test_a_bucket_is_at_most_5_percent_wide(latency: float) -> None:
    assert latency <= upper_bound(bucket(latency)) <= latency * 1.051


def test_percentiles_are_those_of_the_values() -> None:
    chance = random.Random(1)
    values = sorted(chance.lognormvariate(2, 1) for _ in range(5000))
    total = timeline_of(*values).total()
    for share in (0.5, 0.95, 0.99):
        assert percentile(total.latencies, share) == pytest.approx(
            values[int(share * 5000)], rel=0.06
        )


def test_parts_of_a_run_add_up_after_a_journey_as_json() -> None:
    whole = timeline_of(1, 2, 3)
    whole.merge(load_timeline(timeline_of(4, 5, fault="status 500").dump()))
    total = whole.total()
    assert (total.count, total.failures, total.caches["hit"]) == (5, 2, 5)
    assert whole.faults == {("anonymous: article", "status 500"): 2}


def test_gates_are_those_of_the_service_levels() -> None:
    gates = read_gates()
    assert set(gates) == {"anonymous", "signed_in", "api_read", "write"}
    assert gates["anonymous"] == Gate({"p50": 50, "p95": 75, "p99": 100}, 0.0005)


def test_a_slow_or_failing_name_breaks_its_gate_alone() -> None:
    timeline = timeline_of(*[10.0] * 100)
    timeline.merge(timeline_of(*[10.0] * 97, 300, 300, 300, name="anonymous: list"))
    timeline.merge(timeline_of(5, name="write: login", fault="status 500"))
    broken = [(v.name, v.what) for v in judge(timeline, read_gates()) if not v.is_kept]
    assert broken == [("anonymous: list", "p99"), ("write: login", "failures")]


def test_every_kind_of_request_has_a_gate() -> None:
    with pytest.raises(KeyError):
        judge(timeline_of(1, name="other: page"), read_gates())


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_a_shape_keeps_to_the_rate_and_ends(name: str) -> None:
    shape = SHAPES[name]
    rates = [shape.rate_at(moment, 100, 60) for moment in range(60)]
    assert None not in rates
    assert shape.rate_at(60, 100, 60) is None
    if not shape.finds_knee:
        assert 0 <= min(filter(None, rates), default=0) <= max(filter(None, rates)) <= 100


def test_a_spike_comes_at_once() -> None:
    spike = SHAPES["spike"]
    assert spike.rate_at(23.9, 100, 60) == 20
    assert spike.rate_at(24.1, 100, 60) == 100


def test_visits_count_from_when_they_were_due() -> None:
    pace = Pace(interval=1, due=10)
    assert pace.begin(10) == 0
    assert pace.wait(10.2) == pytest.approx(0.8)
    assert pace.begin(14) == 3  # The answer before took three seconds too long.
    assert pace.wait(14) == 0
    assert pace.begin(14) == 2
    assert pace.begin(100) == MOST_BEHIND


def test_a_generator_that_is_busy_or_late_voids_the_run() -> None:
    idle, busy, late = Guard(), Guard(), Guard()
    for number in range(100):
        idle.add(0.4, 2)
        busy.add(1.0 if number % 10 == 0 else 0.2, 2)
        late.add(0.2, 90 if number % 10 == 0 else 1)
    assert idle.complaint() == ""
    assert "more processes" in busy.complaint()
    assert "busy with something else" in late.complaint()
    idle.merge(busy.dump())
    idle.merge(busy.dump())
    assert "more processes" in idle.complaint()


def sample(median: float, count: int = 40, seed: int = 1) -> list[float]:
    chance = random.Random(seed)
    return [median * chance.lognormvariate(0, 0.1) for _ in range(count)]


@pytest.mark.parametrize(
    ("metric", "before", "after", "verdict"),
    [
        ("p99", sample(100), sample(130, seed=2), "worse"),
        ("p99", sample(100), sample(70, seed=2), "better"),
        ("rate", sample(100), sample(70, seed=2), "worse"),
        ("rate", sample(100), sample(130, seed=2), "better"),
        ("p99", sample(100, 400), sample(100, 400, seed=2), "same"),
        ("p99", sample(100, 8), sample(108, 8, seed=2), "can't tell"),
        ("p99", sample(100, 3), sample(300, 3), "can't tell"),
        ("p99", [5.0] * 30, [5.0] * 30, "same"),
    ],
)
def test_two_runs_are_told_apart_only_where_they_differ(
    metric: str, before: list[float], after: list[float], verdict: str
) -> None:
    assert compare(before, after, metric).verdict == verdict
