"""Says whether one run was better than another, or that it can't be told.

The runs are cut into windows of some seconds; the windows' figures are two samples. A difference
counts only where a rank test finds it (Mann-Whitney) and the bootstrapped interval of the ratio of
the medians leaves the band in which nobody would care.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, sqrt
from random import Random
from statistics import median

from loadtests.histogram import percentile
from loadtests.timeline import Timeline

WINDOW_SECONDS = 3
LEAST_WINDOWS = 5
SIGNIFICANCE = 0.01
NEGLIGIBLE = 0.05
RESAMPLES = 2000
METRICS = {"p50": "lower", "p95": "lower", "p99": "lower", "rate": "higher"}


@dataclass(frozen=True)
class Comparison:
    """A figure in both runs; `verdict` is same, better, worse or can't tell."""

    metric: str
    before: float
    after: float
    low: float  # The ratio after / before lies between these with 95 %.
    high: float
    p: float
    verdict: str


def windows(timeline: Timeline, metric: str) -> list[float]:
    """Return a figure in each window of a run; the first and the last are left out."""
    seconds = timeline.seconds()
    if not seconds:
        return []
    starts = range(seconds[0] + WINDOW_SECONDS, seconds[-1] - WINDOW_SECONDS + 1, WINDOW_SECONDS)
    cells = [timeline.total(since=start, until=start + WINDOW_SECONDS) for start in starts]
    if metric == "rate":
        return [(cell.count - cell.failures) / WINDOW_SECONDS for cell in cells]
    share = float(metric[1:]) / 100
    return [percentile(cell.latencies, share) for cell in cells if cell.count]


def compare(before: Sequence[float], after: Sequence[float], metric: str) -> Comparison:
    """Compare two samples of a figure."""
    if min(len(before), len(after)) < LEAST_WINDOWS:
        return Comparison(metric, *map(middle, (before, after)), 0, 0, 1, "can't tell")
    p = rank_test(before, after)
    low, high = ratio_interval(before, after)
    is_same = low >= 1 - NEGLIGIBLE and high <= 1 + NEGLIGIBLE
    differs = p < SIGNIFICANCE and (high < 1 or low > 1)
    if is_same:
        verdict = "same"
    elif not differs:
        verdict = "can't tell"
    else:
        verdict = "better" if (high < 1) == (METRICS[metric] == "lower") else "worse"
    return Comparison(metric, median(before), median(after), low, high, p, verdict)


def middle(values: Sequence[float]) -> float:
    """Return the median; 0 of nothing."""
    return median(values) if values else 0.0


def rank_test(before: Sequence[float], after: Sequence[float]) -> float:
    """Return the two-sided p of Mann and Whitney's U, by the normal approximation with ties."""
    merged = sorted([(value, 0) for value in before] + [(value, 1) for value in after])
    n, m, total = len(before), len(after), len(merged)
    rank_sum, ties, start = 0.0, 0.0, 0
    while start < total:
        end = start
        while end < total and merged[end][0] == merged[start][0]:
            end += 1
        rank_sum += (start + end + 1) / 2 * sum(side == 0 for _, side in merged[start:end])
        ties += (end - start) ** 3 - (end - start)
        start = end
    u = rank_sum - n * (n + 1) / 2
    variance = n * m / 12 * (total + 1 - ties / (total * (total - 1)))
    if variance <= 0:
        return 1.0
    return erfc(max(0.0, abs(u - n * m / 2) - 0.5) / sqrt(variance) / sqrt(2))


def ratio_interval(before: Sequence[float], after: Sequence[float]) -> tuple[float, float]:
    """Return the 95 % interval of the ratio of the medians, by bootstrap."""
    chance = Random(1)  # noqa: S311
    ratios = sorted(
        median(chance.choices(after, k=len(after)))
        / (median(chance.choices(before, k=len(before))) or 1e-9)
        for _ in range(RESAMPLES)
    )
    return ratios[int(0.025 * RESAMPLES)], ratios[int(0.975 * RESAMPLES)]


def compare_runs(before: Timeline, after: Timeline) -> list[Comparison]:
    """Compare two runs by every metric."""
    return [compare(windows(before, metric), windows(after, metric), metric) for metric in METRICS]
