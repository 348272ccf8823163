"""What the bundle carries, why no more, and what to set, computed from the steps of a run."""

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loadtests.steps import Step
from loadtests.usl import Law, fit
from scripts.connections import Demand, room

# What is planned for: above this a service has no room for a burst, a deploy or a lost container.
PLANNED_USE = 0.7
LEAST_REPLICAS = 2
THREADS = (2, 32)
OVERFLOW = 2
BUSY = re.compile(r"^ironpress_threads_busy_seconds_total (\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Web:
    """How the web tier was set."""

    replicas: int
    cpus: float
    threads: int
    # Time that threads were busy, for each second of processor: above 1 they also waited.
    busy: float

    @property
    def workers(self) -> int:
        """Return the workers of a container: one more than it has processors."""
        return math.ceil(self.cpus) + 1


@dataclass(frozen=True)
class Capacity:
    """What was found."""

    knee: Step
    law: Law | None  # None where there were too few steps.
    bottleneck: str
    bottleneck_use: float
    core_seconds: float  # For a request, of all services.
    price: float  # Of a core-hour.
    replicas: int
    workers: int
    threads: int
    pool: int
    connections: int
    target: float

    @property
    def cost(self) -> float:
        """Return the price of a million requests, at the use that is planned for."""
        return self.core_seconds * 1e6 / 3600 * self.price / PLANNED_USE

    @property
    def settings(self) -> dict[str, str]:
        """Return what to write into `.env`."""
        return {
            "WEB_REPLICAS": str(self.replicas),
            "WEB_CONCURRENCY": str(self.workers),
            "WEB_THREADS": str(self.threads),
            "DATABASE_POOL_SIZE": str(self.pool),
            "DATABASE_MAX_OVERFLOW": str(OVERFLOW),
            "MAX_CONNECTIONS": str(self.connections),
        }


def find(
    steps: list[Step], limits: dict[str, float], web: Web, *, price: float, target: float
) -> Capacity:
    """Return the capacity; `target` is the visits a second to plan for, 0 for the knee's."""
    held = list(steps[: next((i for i, one in enumerate(steps) if one.broken), len(steps))])
    if not steps:
        raise ValueError("No step was long enough to be looked at: start with a lower RATE.")
    if not held:
        raise ValueError(f"The first step broke a level already: {'; '.join(steps[0].broken)}.")
    knee = held[-1]
    use = {name: knee.cores[name] / cpus for name, cpus in limits.items() if name in knee.cores}
    bottleneck = max(use, key=lambda name: use[name], default="")
    target = target or knee.visits
    cores = knee.cores.get("web", 0.0) * target / knee.visits
    replicas = max(LEAST_REPLICAS, math.ceil(cores / (web.cpus * PLANNED_USE)))
    least, most = THREADS
    # Twice what is busy on average, so that a burst finds a thread.
    threads = min(most, max(least, math.ceil(2 * web.busy * web.cpus / web.workers)))
    demand = Demand(
        web_processes=2 * replicas * web.workers, web_pool=threads + OVERFLOW, worker=5
    ).total
    needed = max(100, math.ceil((demand + 100 - room(100)) / 50) * 50)
    return Capacity(
        knee=knee,
        law=fit([(s.concurrency, s.requests) for s in steps]) if len(steps) >= 3 else None,
        bottleneck=bottleneck,
        bottleneck_use=use.get(bottleneck, 0.0),
        core_seconds=sum(knee.cores[name] for name in use) / knee.requests,
        price=price,
        replicas=replicas,
        workers=web.workers,
        threads=threads,
        pool=threads,
        connections=needed,
        target=target,
    )


def read_web(folder: Path, compose: dict[str, Any], saturation: list[dict[str, Any]]) -> Web:
    """Return how web was set, and how busy its threads were for what it used."""
    service = compose["services"]["web"]

    def busy(name: str) -> float:
        return sum(map(float, BUSY.findall((folder / name).read_text(encoding="utf-8"))))

    used = sum(sample["cores"].get("web", 0.0) for sample in saturation)
    spent = busy("web-after.txt") - busy("web-before.txt")
    return Web(
        int(service["deploy"]["replicas"]),
        float(service["cpus"]),
        int(service["environment"].get("WEB_THREADS") or 8),
        spent / used if used else 1.0,
    )


def read_limits(compose: dict[str, Any]) -> dict[str, float]:
    """Return the processors that each service of the site may use, all its containers together."""
    return {
        name: float(one["cpus"]) * int(one.get("deploy", {}).get("replicas", 1))
        for name, one in compose["services"].items()
        if one.get("restart") != "no"
        and not {"monitoring", "grafana"} & set(one.get("profiles", []))
    }
