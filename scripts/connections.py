"""The connection budget: what every part may open at once, against what PostgreSQL takes.

The one place where it is computed: `make up` refuses what does not fit (Compose's configuration on
standard input), `make doctor` shows it, Kubernetes' manifests are checked with it.
"""

import json
import os
import sys
from dataclasses import dataclass
from math import ceil
from typing import Any

# PostgreSQL keeps these for its superuser.
RESERVED = 3
DEFAULT_LIMIT = 100


@dataclass(frozen=True)
class Demand:
    """What may be open at the busiest moment: a deploy, with the old release beside the new."""

    web_processes: int
    web_pool: int
    worker: int = 0
    migration: int = 1
    monitoring: int = 3
    # One that watches, one of a base backup, one of a trial restore; its streams do not count.
    backup: int = 3

    @property
    def web(self) -> int:
        """Return what all web processes may open."""
        return self.web_processes * self.web_pool

    @property
    def total(self) -> int:
        """Return what all parts together may open."""
        return self.web + self.worker + self.migration + self.monitoring + self.backup

    def __str__(self) -> str:
        return (
            f"{self.total} (web {self.web_processes} × {self.web_pool}, worker {self.worker}, "
            f"migration {self.migration}, monitoring {self.monitoring}, backup {self.backup})"
        )


def room(limit: int) -> int:
    """Return how many connections of a limit are ours to open."""
    return limit - RESERVED


def fault(demand: Demand, limit: int) -> str:
    """Return a sentence when the demand exceeds what there is, else nothing."""
    if demand.total <= room(limit):
        return ""
    return (
        f"PostgreSQL takes {room(limit)} connections, the site may open {demand}. "
        "Lower WEB_REPLICAS, DATABASE_POOL_SIZE or DATABASE_MAX_OVERFLOW, or raise MAX_CONNECTIONS."
    )


def of_compose(config: dict[str, Any]) -> Demand:
    """Return the demand of a bundle, as Compose would start it."""
    services = config["services"]
    web = services["web"]
    workers = int(web["environment"]["WEB_CONCURRENCY"]) or ceil(float(web["cpus"])) + 1
    return Demand(
        # A deploy starts as many new containers as there are old ones.
        web_processes=2 * int(web["deploy"]["replicas"]) * workers,
        web_pool=pool(web["environment"]),
        worker=pool(services["worker"]["environment"]),
        backup=Demand.backup if "backup" in services else 0,
    )


def pool(environment: dict[str, Any]) -> int:
    """Return what one process may open."""
    return int(environment["DATABASE_POOL_SIZE"]) + int(environment["DATABASE_MAX_OVERFLOW"])


if __name__ == "__main__":
    found = fault(
        of_compose(json.load(sys.stdin)), int(os.environ.get("MAX_CONNECTIONS") or DEFAULT_LIMIT)
    )
    sys.exit(found or None)
