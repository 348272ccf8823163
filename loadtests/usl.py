"""The Universal Scalability Law: how throughput grows with concurrency, or with replicas.

    X(N) = λ·N / (1 + σ·(N − 1) + κ·N·(N − 1))

λ is the throughput of one, σ the share of the work that waits for its turn, κ what each costs every
other one. With κ the throughput has a peak, beyond which more concurrency yields less.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

Point = tuple[float, float]  # Concurrency, throughput.


@dataclass(frozen=True)
class Law:
    """The three numbers, and `fitness`: the share of the variance that they explain (R²)."""

    rate: float
    contention: float
    coherency: float
    fitness: float = 1.0

    def throughput(self, count: float) -> float:
        """Return X(N)."""
        waits = self.contention * (count - 1) + self.coherency * count * (count - 1)
        return self.rate * count / (1 + waits)

    @property
    def peak(self) -> float:
        """Return the N of the highest throughput; infinite where there is none."""
        if self.coherency <= 0:
            return math.inf
        return math.sqrt(max(0.0, 1 - self.contention) / self.coherency)


def fit(points: Sequence[Point]) -> Law:
    """Return the law nearest to what was measured, by relative errors; nothing is negative.

    N / X is linear in 1/λ, σ/λ and κ/λ, so least squares need no search: each choice of what may
    differ from zero is solved, the best one that is possible taken.
    """
    if len(points) < 3:
        raise ValueError("Three points are the least that the law can be fitted to.")
    best: tuple[float, list[float]] | None = None
    for count in range(3):
        for chosen in combinations((1, 2), count):
            found = solve(points, (0, *chosen))
            if found is None or min(found) < 0 or found[0] == 0:
                continue
            error = sum((1 - cost(n, found) * x / n) ** 2 for n, x in points)
            if best is None or error < best[0]:
                best = error, found
    if best is None:
        raise ValueError("No law fits: throughput must grow somewhere.")
    one, contention, coherency = best[1]
    law = Law(1 / one, contention / one, coherency / one)
    return Law(law.rate, law.contention, law.coherency, fitness(points, law))


def terms(count: float) -> tuple[float, float, float]:
    """Return what the three numbers are multiplied with."""
    return 1.0, count - 1, count * (count - 1)


def cost(count: float, numbers: Sequence[float]) -> float:
    """Return N / X by the law."""
    return sum(a * b for a, b in zip(terms(count), numbers, strict=True))


def solve(points: Sequence[Point], chosen: Sequence[int]) -> list[float] | None:
    """Return the chosen numbers by least squares (normal equations); the others are zero."""
    rows = [[terms(n)[place] * x / n for place in chosen] for n, x in points]
    size = len(chosen)
    matrix = [
        [sum(row[i] * row[j] for row in rows) for j in range(size)] + [sum(row[i] for row in rows)]
        for i in range(size)
    ]
    for i in range(size):
        pivot = max(range(i, size), key=lambda row: abs(matrix[row][i]))
        matrix[i], matrix[pivot] = matrix[pivot], matrix[i]
        if abs(matrix[i][i]) < 1e-12:
            return None
        for j in range(size):
            if j != i:
                factor = matrix[j][i] / matrix[i][i]
                matrix[j] = [a - factor * b for a, b in zip(matrix[j], matrix[i], strict=True)]
    found = [0.0, 0.0, 0.0]
    for i, place in enumerate(chosen):
        found[place] = matrix[i][size] / matrix[i][i]
    return found


def fitness(points: Sequence[Point], law: Law) -> float:
    """Return R²."""
    mean = sum(x for _, x in points) / len(points)
    spread = sum((x - mean) ** 2 for _, x in points)
    missed = sum((x - law.throughput(n)) ** 2 for n, x in points)
    return 1 - missed / spread if spread else 0.0
