"""What memory the bundle will need once it runs, by its settings and by what was measured of it."""

import re
from pathlib import Path
from typing import Any

from scripts import connections
from scripts.checkup.application import REDIS_HEADROOM, web_memory
from scripts.checkup.deployment import Deployment
from scripts.checkup.finding import Finding, Findings

# Of a web container after some minutes of use: Gunicorn's master with all that its workers share,
# and what a worker has for itself (proportional set sizes).
SHARED_KIB = 92 << 10
WORKER_KIB = 34 << 10
REDIS = Path(__file__).parent.parent.parent / "deploy/redis/redis.conf"


def memory(deployment: Deployment) -> Findings:
    """Web, PostgreSQL and Redis will fit their containers; when they run they are measured."""
    if deployment.containers:
        return
    services = deployment.services
    if "web" in services:
        yield web(services["web"])
    if "postgres" in services:
        yield postgres(services["postgres"])
    if "redis" in services:
        yield redis(services["redis"])


def web(declared: dict[str, Any]) -> Finding:
    """Return whether workers, hashes and shared memory fit a web container."""
    given = declared["environment"]
    workers = connections.workers(declared)
    said = {
        "workers": workers,
        "hashes": int(given.get("PASSWORD_HASH_CONCURRENCY") or 2),
        "hash_kib": int(given.get("ARGON2_MEMORY_KIB") or 65536),
        "resident_kib": SHARED_KIB + workers * WORKER_KIB,
    }
    return web_memory(said, int(declared["mem_limit"]), int(declared["shm_size"]))


def postgres(declared: dict[str, Any]) -> Finding:
    """Return whether what `deploy/postgres/start` gives buffers, sorts and vacuums fits."""
    limit = int(declared["mem_limit"]) >> 20
    clients = int(declared["environment"]["MAX_CONNECTIONS"])
    sorts = clients * (limit * 1024 // 4 // clients + 1024) >> 10
    needed = limit // 4 + sorts + 4 * (limit // 16 + 1)
    advice = "Raise its mem_limit, or lower MAX_CONNECTIONS."
    return Finding("memory of postgres", needed <= limit, f"{needed} of {limit} MiB", advice)


def redis(declared: dict[str, Any]) -> Finding:
    """Return whether what Redis may keep fits, with room for its buffers."""
    found = re.search(r"(?m)^maxmemory (\d+)mb$", REDIS.read_text(encoding="utf-8"))
    needed = int(found[1]) if found else 0
    limit = int(declared["mem_limit"]) >> 20
    ok = 0 < needed * REDIS_HEADROOM <= limit
    advice = "Leave a quarter above maxmemory."
    return Finding("memory of redis", ok, f"keeps {needed} of {limit} MiB", advice)
