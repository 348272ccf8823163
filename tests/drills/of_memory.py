"""Faults of memory: none is left, and the kernel ends a process of the container."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.drills.breaking import accepts, init_of
from tests.drills.faults import ANONYMOUS, EVERYONE, NOBODY, READERS, fault
from tests.stack.stack import Stack, wait_until


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
    container = stack.containers(service)[0]
    first = init_of(container)
    group = memory_group(first)
    ate = subprocess.run([sys.executable, "-m", "tests.drills.eater", str(group)])
    if ate.returncode == -signal.SIGKILL:  # With a container's first process all others go.
        wait_until(lambda: init_of(container) not in (0, first))
    else:
        ate.check_returncode()


def memory_group(number: int) -> Path:
    """Return the control group that limits a process' memory (version 1 or 2)."""
    for line in Path(f"/proc/{number}/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "memory":
            return Path(f"/sys/fs/cgroup/memory{path}")
        if not controllers:
            unified = Path(f"/sys/fs/cgroup{path}")
    return unified
