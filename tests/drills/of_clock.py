"""Faults of clocks: one part's steps ahead or back while the others' go on."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.drills.breaking import accepts, healthy, init_of
from tests.drills.faults import ANONYMOUS, EVERYONE, fault
from tests.stack.stack import Stack, run, wait_until

STEP_SECONDS = 600
SOURCE = Path(__file__).with_name("clock.c")
LIBRARY = "etc/clock.so"


@fault("one web container's clock ahead", spares=EVERYONE, recovers=1)
def _(stack: Stack) -> Iterator[None]:
    with stepping(stack, "web", STEP_SECONDS):
        yield


@fault("one web container's clock behind", spares=EVERYONE, recovers=1)
def _(stack: Stack) -> Iterator[None]:
    with stepping(stack, "web", -STEP_SECONDS):
        yield


@fault("outbox worker's clock ahead", spares=EVERYONE, recovers=1)
def _(stack: Stack) -> Iterator[None]:
    with stepping(stack, "worker", STEP_SECONDS):
        yield


@fault("PostgreSQL's clock ahead", spares=ANONYMOUS, recovers=5)
def _(stack: Stack) -> Iterator[None]:
    with stepping(stack, "postgres", STEP_SECONDS):
        yield


@fault("PostgreSQL's clock behind", spares=ANONYMOUS, recovers=5)
def _(stack: Stack) -> Iterator[None]:
    with stepping(stack, "postgres", -STEP_SECONDS):
        yield


@contextmanager
def stepping(stack: Stack, service: str, seconds: int) -> Iterator[None]:
    """Have a container's clock jump, and jump back."""
    container = stack.containers(service)[0]
    set_step(container, seconds)
    try:
        yield
    finally:
        set_step(container, 0)


def set_step(container: str, seconds: int) -> None:
    """Say how far a container's clock is from the machine's."""
    Path(f"/proc/{init_of(container)}/root/tmp/clock-step").write_text(str(seconds))


def lay(stack: Stack) -> None:
    """Put another clock into every container whose clock will step, before any load.

    The container's files are written to from outside, where they are not read-only; its programs
    load the clock when they start, so each is started anew.
    """
    for service in ("web", "worker", "postgres"):
        container = stack.containers(service)[0]
        form = "{{.GraphDriver.Data.MergedDir}}"
        root = Path(run("docker", "inspect", "--format", form, container).strip())
        library = root / LIBRARY
        if library.exists():
            continue
        words = ["cc", "-O2", "-shared", "-fPIC", "-o", str(library), str(SOURCE)]
        subprocess.run(words, check=True)
        (root / "etc/ld.so.preload").write_text(f"/{LIBRARY}\n")
        run("docker", "restart", "--time", "20", container)
        if service == "postgres":
            wait_until(lambda one=container: accepts(one), 60)
        elif service == "web":
            wait_until(lambda one=container: healthy(one), 60)
