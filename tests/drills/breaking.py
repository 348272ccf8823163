"""How a part of the bundle is broken, from outside: nothing in it knows of the drill."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.stack.stack import SERVICES, Stack, run, wait_until

POSTGRES, REDIS, WEB, SMTP = 5432, 6379, 8000, 25


def pids(container: str) -> list[int]:
    """Return the processes of a container by the machine's numbers, the first one first."""
    listed = run("docker", "top", container, "-eo", "pid").split()[1:]
    return [int(number) for number in listed]


def init_of(container: str) -> int:
    """Return the first process of a container, which is all of it to the kernel."""
    return int(run("docker", "inspect", "--format", "{{.State.Pid}}", container))


def send(number: int, sign: signal.Signals) -> None:
    os.kill(number, sign)


def crash(stack: Stack, service: str, which: int = 0) -> None:
    """End a container as a crash does; its restart is the engine's business."""
    send(init_of(stack.containers(service)[which]), signal.SIGKILL)


def worker_of(stack: Stack) -> int:
    """Return a process that serves requests."""
    arbiter, *workers = pids(stack.containers("web")[0])
    assert workers, arbiter
    return workers[0]


@contextmanager
def frozen(*numbers: int) -> Iterator[None]:
    """Stop processes for a while; the kernel goes on answering for their sockets."""
    for number in numbers:
        send(number, signal.SIGSTOP)
    try:
        yield
    finally:
        for number in numbers:
            if os.path.exists(f"/proc/{number}"):
                send(number, signal.SIGCONT)


@contextmanager
def frozen_service(stack: Stack, service: str) -> Iterator[None]:
    """Stop every process of a service's containers."""
    with frozen(*(number for one in stack.containers(service) for number in pids(one))):
        yield


@contextmanager
def rule(container: str, *words: str) -> Iterator[None]:
    """Put a rule of the packet filter into a container's network: a chain, then the rule."""
    inside = ["nsenter", "--target", str(init_of(container)), "--net", "iptables"]
    subprocess.run([*inside, "-I", *words], check=True, capture_output=True)
    try:
        yield
    finally:
        # The network goes with its container.
        subprocess.run([*inside, "-D", *words], check=False, capture_output=True)


def healthy(container: str) -> bool:
    """Say whether a container is healthy."""
    form = "{{.State.Health.Status}}"
    return run("docker", "inspect", "--format", form, container).strip() == "healthy"


def accepts(postgres: str) -> bool:
    """Say whether PostgreSQL takes connections by the network."""
    words = ("pg_isready", "--quiet", "--host", "127.0.0.1")
    return subprocess.run(["docker", "exec", postgres, *words], capture_output=True).returncode == 0


def settle(stack: Stack) -> None:
    """Have the engine forget the crashes, which are none of the bundle's own."""
    form = "{{.RestartCount}}"
    for service in SERVICES:
        for container in stack.containers(service):
            if run("docker", "inspect", "--format", form, container).strip() != "0":
                run("docker", "restart", "--time", "5", container)
                if service != "worker":
                    wait_until(lambda one=container: healthy(one), 60)  # type: ignore[misc]
