"""Latencies counted in buckets that grow by 5 %, so that windows and processes add up."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping

GROWTH = math.log(1.05)
LEAST_MS = 0.1


def bucket(milliseconds: float) -> int:
    """Return the number of the bucket that holds a latency."""
    return max(0, math.ceil(math.log(max(milliseconds, LEAST_MS) / LEAST_MS) / GROWTH))


def upper_bound(number: int) -> float:
    """Return the largest latency of a bucket (ms)."""
    return LEAST_MS * math.exp(GROWTH * number)


def add_up(histograms: Iterable[Mapping[int, int]]) -> Counter[int]:
    """Return the sum of histograms."""
    total: Counter[int] = Counter()
    for histogram in histograms:
        total.update(histogram)
    return total


def mean(histogram: Mapping[int, int]) -> float:
    """Return the mean latency (ms); 0 for none."""
    total = sum(histogram.values())
    # A bucket's own mean lies about half a bucket below its bound.
    middle = math.exp(-GROWTH / 2)
    return (
        sum(count * upper_bound(n) * middle for n, count in histogram.items()) / total
        if total
        else 0.0
    )


def percentile(histogram: Mapping[int, int], share: float) -> float:
    """Return the latency (ms) within which a share of the requests was answered; 0 for none."""
    wanted = share * sum(histogram.values())
    seen = 0
    for number in sorted(histogram):
        seen += histogram[number]
        if seen >= wanted:
            return upper_bound(number)
    return 0.0
