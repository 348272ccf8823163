"""The connection budget: what every part may open at once, against what PostgreSQL takes.

The one place where it is computed: `make up` refuses what does not fit (Compose's configuration on
standard input) and tells the worker what nobody else measures, `make doctor` shows it, Kubernetes'
manifests are checked with it.
"""

import json
import os
import re
import sys
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple

# PostgreSQL keeps these for its superuser.
RESERVED = 3
DEFAULT_LIMIT = 100
# Beside the worker's pool: it listens for changes.
LISTENER = 1
PGBOUNCER = Path(__file__).parent.parent / "deploy/pgbouncer/pgbouncer.ini"


class Shared(NamedTuple):
    """PgBouncer: how many connections it opens, and how many it takes."""

    opens: int
    takes: int


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
    # What web's connections go through, where there is such a thing.
    shared: Shared | None = None

    @property
    def web(self) -> int:
        """Return what may be open for all web processes."""
        return min(self.asked, self.shared.opens) if self.shared else self.asked

    @property
    def asked(self) -> int:
        """Return what all web processes may ask for."""
        return self.web_processes * self.web_pool

    @property
    def total(self) -> int:
        """Return what all parts together may open."""
        return self.web + self.worker + self.migration + self.monitoring + self.backup

    @property
    def others(self) -> str:
        """Return the parts that have no metrics of their own, as the worker is told them."""
        # A deploy has web twice; what goes by way of PgBouncer is not web's to tell.
        most = f"pgbouncer={self.web}" if self.shared else f"surge={self.web // 2}"
        return (
            f"{most},migration={self.migration},monitoring={self.monitoring},backup={self.backup}"
        )

    def __str__(self) -> str:
        return (
            f"{self.total} (web {self.web_processes} × {self.web_pool}"
            f"{f' sharing {self.web}' if self.shared else ''}, worker {self.worker}, "
            f"migration {self.migration}, monitoring {self.monitoring}, backup {self.backup})"
        )


def room(limit: int) -> int:
    """Return how many connections of a limit are ours to open."""
    return limit - RESERVED


def fault(demand: Demand, limit: int) -> str:
    """Return a sentence when the demand exceeds what there is, else nothing."""
    if demand.shared and demand.asked > demand.shared.takes:
        return (
            f"PgBouncer takes {demand.shared.takes} connections, web may ask for {demand.asked}. "
            "Lower WEB_REPLICAS, DATABASE_POOL_SIZE or DATABASE_MAX_OVERFLOW."
        )
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
    return Demand(
        # A deploy starts as many new containers as there are old ones.
        web_processes=2 * int(web["deploy"]["replicas"]) * workers(web),
        web_pool=pool(web["environment"]),
        worker=pool(services["worker"]["environment"]) + LISTENER,
        backup=Demand.backup if "backup" in services else 0,
        shared=pgbouncer() if "pgbouncer" in services else None,
    )


def workers(web: dict[str, Any]) -> int:
    """Return how many workers Gunicorn starts in a web container."""
    return int(web["environment"]["WEB_CONCURRENCY"]) or ceil(float(web["cpus"])) + 1


def pool(environment: dict[str, Any]) -> int:
    """Return what one process may open."""
    return int(environment["DATABASE_POOL_SIZE"]) + int(environment["DATABASE_MAX_OVERFLOW"])


def pgbouncer() -> Shared:
    """Return what PgBouncer's own configuration says."""
    numbers = dict(re.findall(r"(?m)^(\w+) = (\d+)$", PGBOUNCER.read_text(encoding="utf-8")))
    opens = int(numbers["default_pool_size"]) + int(numbers["reserve_pool_size"])
    return Shared(opens, int(numbers["max_client_conn"]))


if __name__ == "__main__":
    wanted = of_compose(json.load(sys.stdin))
    if found := fault(wanted, int(os.environ.get("MAX_CONNECTIONS") or DEFAULT_LIMIT)):
        sys.exit(found)
    print(wanted.others)
