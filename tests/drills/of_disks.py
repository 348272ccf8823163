"""Faults of disks: full, or without power."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.drills import disks
from tests.drills.breaking import accepts, init_of
from tests.drills.faults import ANONYMOUS, EVERYONE, fault
from tests.stack.prometheus import pause
from tests.stack.stack import Stack, run, wait_until

# It has the volumes mounted to say how full they are.
WATCHES_DISKS = "machine-exporter"


@fault("metrics' memory full", spares=EVERYONE, recovers=1, alert="MetricsUnusable")
def _(stack: Stack) -> Iterator[None]:
    with full_inside(stack.containers("web")[0], "dev/shm"):
        yield


@fault("temporary files full", spares=EVERYONE, recovers=1)
def _(stack: Stack) -> Iterator[None]:
    with full_inside(stack.containers("web")[0], "tmp"):
        yield


@fault("database's disk full", spares=ANONYMOUS, recovers=5, alert="DiskFillsUp", needs_disks=True)
def _(stack: Stack) -> Iterator[None]:
    with disks.full(disks.mounted(stack, "database")):
        yield
    wait_until(lambda: accepts(stack.containers("postgres")[0]), 90)


@fault("edge's cache full", spares=EVERYONE, recovers=1, alert="DiskFillsUp", needs_disks=True)
def _(stack: Stack) -> Iterator[None]:
    with disks.full(disks.mounted(stack, "pages")):
        yield


@fault("uploads' disk full", spares=EVERYONE, recovers=1, alert="DiskFillsUp", needs_disks=True)
def _(stack: Stack) -> Iterator[None]:
    with disks.full(disks.mounted(stack, "uploads")):
        yield


@fault("Prometheus' disk full", spares=EVERYONE, recovers=1, needs_disks=True)
def _(stack: Stack) -> Iterator[None]:
    # It can note nothing any more, so no alert comes: DiskFillsUp is there to come before.
    with disks.full(disks.mounted(stack, "prometheus")):
        yield


@fault("archive's disk full", spares=EVERYONE, recovers=1, alert="ArchiveFull", needs_disks=True)
def _(stack: Stack) -> Iterator[None]:
    with disks.full(disks.mounted(stack, "backups")):
        yield


@fault("database loses its power", spares=ANONYMOUS, recovers=5, alert="PostgresDown",
       needs_disks=True)  # fmt: skip
def _(stack: Stack) -> Iterator[None]:
    postgres = stack.containers("postgres")[0]
    watching = stack.containers(WATCHES_DISKS)
    run("docker", "kill", postgres)
    if watching:
        pause(stack, "kill", WATCHES_DISKS)
    disks.cut_power(stack, "database")
    yield
    run("docker", "start", postgres)
    if watching:
        pause(stack, "start", WATCHES_DISKS)
    wait_until(lambda: accepts(postgres), 60)


@contextmanager
def full_inside(container: str, folder: str) -> Iterator[None]:
    """Leave no room in a container's folder."""
    path = f"/proc/{init_of(container)}/root/{folder}/drill"
    subprocess.run(["dd", "if=/dev/zero", f"of={path}", "bs=64k"], capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["rm", "-f", path], check=True)
