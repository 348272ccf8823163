"""Faults of memory: none is left, and the kernel ends a process of the container."""

import sys
from collections.abc import Iterator
from pathlib import Path

from tests.drills.breaking import accepts, init_of
from tests.drills.faults import ANONYMOUS, EVERYONE, NOBODY, READERS, fault
from tests.stack.stack import Stack, run, wait_until


@fault("web out of memory", spares=READERS, recovers=3, hold=0)
def _(stack: Stack) -> Iterator[None]:
    starve(stack, "web")
    yield


@fault("edge out of memory", spares=NOBODY, recovers=3, hold=0)
def _(stack: Stack) -> Iterator[None]:
    starve(stack, "edge")
    yield


@fault("outbox worker out of memory", spares=EVERYONE, recovers=1, hold=2)
def _(stack: Stack) -> Iterator[None]:
    starve(stack, "worker")
    yield


@fault("Redis out of memory", spares=EVERYONE, recovers=1, hold=3)
def _(stack: Stack) -> Iterator[None]:
    starve(stack, "redis")
    yield


@fault("PostgreSQL out of memory", spares=ANONYMOUS, recovers=5, hold=0)
def _(stack: Stack) -> Iterator[None]:
    postgres = stack.containers("postgres")[0]
    starve(stack, "postgres")
    yield
    wait_until(lambda: accepts(postgres), 60)


def starve(stack: Stack, service: str) -> None:
    """Take a container's memory until one of its processes is ended for it."""
    group = memory_group(init_of(stack.containers(service)[0]))
    run(sys.executable, "-m", "tests.drills.eater", str(group))


def memory_group(number: int) -> Path:
    """Return the control group that limits a process' memory (version 1 or 2)."""
    for line in Path(f"/proc/{number}/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "memory":
            return Path(f"/sys/fs/cgroup/memory{path}")
        if not controllers:
            unified = Path(f"/sys/fs/cgroup{path}")
    return unified
