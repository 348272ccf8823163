"""Faults of disks: full."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.drills.breaking import (
    init_of,
)
from tests.drills.faults import EVERYONE, fault
from tests.stack.stack import Stack


@fault("metrics' memory full", spares=EVERYONE, recovers=1, alert="MetricsUnusable")
def _(stack: Stack) -> Iterator[None]:
    with full(stack.containers("web")[0], "dev/shm"):
        yield


@fault("temporary files full", spares=EVERYONE, recovers=1)
def _(stack: Stack) -> Iterator[None]:
    with full(stack.containers("web")[0], "tmp"):
        yield


@contextmanager
def full(container: str, folder: str) -> Iterator[None]:
    """Leave no room in a container's folder."""
    path = f"/proc/{init_of(container)}/root/{folder}/drill"
    subprocess.run(["dd", "if=/dev/zero", f"of={path}", "bs=64k"], capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["rm", "-f", path], check=True)
