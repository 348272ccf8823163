"""The application: its tables, its connections, its memory and its clock."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from scripts import connections as budget
from scripts.checkup.deployment import Deployment
from scripts.checkup.finding import Finding, Findings, first_line, run

MAX_CLOCK_SECONDS = 1.0
# The first Chinese title makes a process read its dictionary.
PINYIN_KIB = 57 << 10
# Redis' buffers and fragmentation, beside what it keeps.
REDIS_HEADROOM = 1.25


def application(deployment: Deployment) -> Findings:
    """Ask a web container about tables, connections, memory and the database's clock."""
    if "web" not in deployment.containers:
        return
    probe = Path(__file__).with_name("probe.py").read_text(encoding="utf-8")
    web = deployment.containers["web"][0]
    ok, output = run("docker", "exec", "--interactive", web["Id"], "python3.13", "-", stdin=probe)
    # Between log lines stands one line of ours.
    lines = [line for line in output.splitlines() if line.startswith('{"current"')]
    if not ok or not lines:
        yield Finding("application", False, output[-60:], "make logs SERVICE=web")
        return
    said = json.loads(lines[0])
    current, heads = said["current"], said["heads"]
    detail = f"{', '.join(current) or 'none'} of {', '.join(heads)}"
    yield Finding("migrations", current == heads, detail, "Run make up.")
    difference = said["clock_difference"]
    yield Finding(
        "clock of the database",
        difference < MAX_CLOCK_SECONDS,
        f"{difference:.2f} s from ours",
        "Let one time service keep both machines' clocks.",
    )
    yield connections(deployment, said)
    yield web_memory(said, web["HostConfig"]["Memory"], web["HostConfig"]["ShmSize"])


def connections(deployment: Deployment, said: dict[str, Any]) -> Finding:
    """The database has room for every pool."""
    limit = int(os.environ.get("MAX_CONNECTIONS") or budget.DEFAULT_LIMIT)
    declared = budget.of_compose({"services": deployment.services})
    # What runs is asked itself; a deploy has as many containers of the other release.
    processes = 2 * len(deployment.containers["web"]) * said["workers"]
    demand = replace(declared, web_processes=processes, web_pool=said["connections"])
    fault = budget.fault(demand, limit)
    return Finding("connection budget", not fault, f"{demand} of {budget.room(limit)}", fault)


def web_memory(said: dict[str, Any], limit: int, shared: int) -> Finding:
    """A web container holds its workers with every hash, dictionary and metrics file at once."""
    hashes = said["workers"] * said["hashes"] * said["hash_kib"] << 10
    dictionaries = said["workers"] * PINYIN_KIB << 10
    needed = (said["resident_kib"] << 10) + hashes + dictionaries + shared
    return Finding(
        "memory of web",
        needed <= limit,
        f"{needed >> 20} of {limit >> 20} MiB: {said['workers']} workers now"
        f" {said['resident_kib'] >> 10}, hashes {hashes >> 20}, shared {shared >> 20}",
        "Lower WEB_CONCURRENCY or PASSWORD_HASH_CONCURRENCY.",
    )


def redis_memory(deployment: Deployment) -> Findings:
    """What Redis may keep fits its container."""
    for container in deployment.containers.get("redis", [])[:1]:
        _, output = run("docker", "cp", f"{container['Id']}:/etc/redis/redis.conf", "-")
        kept = next(
            (line.split()[1] for line in output.splitlines() if line.startswith("maxmemory ")), "0"
        )
        needed = int(kept.removesuffix("mb")) << 20 if kept.endswith("mb") else int(kept)
        limit = container["HostConfig"]["Memory"]
        yield Finding(
            "memory of redis",
            0 < needed * REDIS_HEADROOM <= limit,
            f"keeps {needed >> 20} of {limit >> 20} MiB",
            "Leave a quarter above maxmemory.",
        )


def server_words(first: int) -> list[str]:
    """Return the command line of the server that a container's first process has started."""
    children = Path(f"/proc/{first}/task/{first}/children")
    if not children.exists():
        return []  # The engine runs on another machine.
    server = children.read_text(encoding="ascii").split()[0]
    return Path(f"/proc/{server}/cmdline").read_text(encoding="utf-8").split("\0")


def postgres_memory(deployment: Deployment) -> Findings:
    """PostgreSQL's buffers, sorts and vacuums fit its container."""
    for container in deployment.containers.get("postgres", [])[:1]:
        words = server_words(container["State"]["Pid"])
        given = dict(word.split("=", 1) for word in words if "=" in word)
        if "shared_buffers" not in given:
            return
        # One vacuum by hand beside the three automatic ones.
        needed = (
            kib(given["shared_buffers"])
            + int(given["max_connections"]) * kib(given["work_mem"])
            + 4 * kib(given["maintenance_work_mem"])
        )
        limit = container["HostConfig"]["Memory"] >> 10
        yield Finding(
            "memory of postgres",
            needed <= limit,
            first_line(f"{needed >> 10} of {limit >> 10} MiB"),
            "Raise its mem_limit, or lower MAX_CONNECTIONS.",
        )


def kib(size: str) -> int:
    """Return a size of PostgreSQL's settings in KiB."""
    return int(size[:-2]) * {"kB": 1, "MB": 1 << 10, "GB": 1 << 20}[size[-2:]]
