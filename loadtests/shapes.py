"""How the rate of visits changes over a run: straight lines from one corner to the next."""

from collections.abc import Callable
from dataclasses import dataclass

Corner = tuple[float, float]  # Share of the run, share of the rate.


@dataclass(frozen=True)
class Shape:
    """The rate over time; `finds_knee` raises it until a level breaks instead."""

    seconds: float
    corners: tuple[Corner, ...]
    why: str
    finds_knee: bool = False
    authors: int = 1  # How many times as many articles are published as usual.

    def rate_at(self, moment: float, rate: float, seconds: float) -> float | None:
        """Return the visits a second at a moment; None when the run is over."""
        place = moment / seconds
        if place >= 1:
            return None
        for (start, low), (end, high) in zip(self.corners, self.corners[1:], strict=False):
            if start <= place < end:
                return rate * (low + (high - low) * (place - start) / (end - start))
        return None


def steps(count: int, share: Callable[[int], float]) -> tuple[Corner, ...]:
    """Return a staircase of equal steps."""
    corners: list[Corner] = []
    for step in range(count):
        corners += [(step / count, share(step)), ((step + 1) / count, share(step))]
    return tuple(corners)


STEADY = ((0.0, 1.0), (1.0, 1.0))
KNEE_STEPS = 20
KNEE_GROWTH = 1.25
SHAPES = {
    "smoke": Shape(20, STEADY, "does everything answer, and rightly"),
    "step": Shape(100, steps(5, lambda step: (step + 1) / 5), "five levels up to the rate"),
    "ramp": Shape(120, ((0.0, 0.0), (0.9, 1.0), (1.0, 1.0)), "slowly up to the rate"),
    "spike": Shape(
        60,
        ((0.0, 0.2), (0.4, 0.2), (0.4, 1.0), (0.6, 1.0), (0.6, 0.2), (1.0, 0.2)),
        "five times the usual rate at once, and back",
    ),
    "soak": Shape(1800, STEADY, "the rate for long: what grows, leaks or fills up"),
    "storm": Shape(60, STEADY, "the rate while article after article is published", authors=20),
    "knee": Shape(
        KNEE_STEPS * 10,
        steps(KNEE_STEPS, lambda step: KNEE_GROWTH**step),
        "a quarter more every ten seconds until a level breaks",
        finds_knee=True,
    ),
}
