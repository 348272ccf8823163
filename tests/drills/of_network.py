"""Faults of the network between parts: cut, half open, reset, lossy, without names."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

from tests.drills import breaking
from tests.drills.breaking import POSTGRES, REDIS, rule
from tests.drills.faults import ANONYMOUS, EVERYONE, READERS, fault
from tests.stack.stack import Stack

RESET = ("-j", "REJECT", "--reject-with", "tcp-reset")
LOSSY = ("-m", "statistic", "--mode", "random", "--probability", "0.1", "-j", "DROP")
# No other part of a bundle listens there.
BESIDE = 17999


@fault("PostgreSQL cut off", spares=ANONYMOUS, recovers=5, alert="DatabaseBreakerOpen")
def _(stack: Stack) -> Iterator[None]:
    with port_rule(stack, "postgres", "INPUT", "--dport", POSTGRES, "-j", "DROP"):
        yield


@fault("PostgreSQL half open", spares=ANONYMOUS, recovers=5, alert="DatabaseBreakerOpen")
def _(stack: Stack) -> Iterator[None]:
    with port_rule(stack, "postgres", "OUTPUT", "--sport", POSTGRES, "-j", "DROP"):
        yield


@fault("PostgreSQL resets", spares=ANONYMOUS, recovers=5, alert="DatabaseBreakerOpen")
def _(stack: Stack) -> Iterator[None]:
    with port_rule(stack, "postgres", "INPUT", "--dport", POSTGRES, *RESET):
        yield


@fault("PostgreSQL loses 10 % of packets", spares=ANONYMOUS, recovers=5)
def _(stack: Stack) -> Iterator[None]:
    with port_rule(stack, "postgres", "INPUT", "--dport", POSTGRES, *LOSSY):
        yield


@fault("Redis cut off", spares=EVERYONE, recovers=1, alert="CacheBreakerOpen")
def _(stack: Stack) -> Iterator[None]:
    with port_rule(stack, "redis", "INPUT", "--dport", REDIS, "-j", "DROP"):
        yield


@fault("Redis resets", spares=EVERYONE, recovers=1, alert="CacheBreakerOpen")
def _(stack: Stack) -> Iterator[None]:
    with port_rule(stack, "redis", "INPUT", "--dport", REDIS, *RESET):
        yield


@fault("one web container cut off from the edge", spares=ANONYMOUS, recovers=3)
def _(stack: Stack) -> Iterator[None]:
    with port_rule(stack, "web", "INPUT", "--dport", breaking.WEB, "-j", "DROP"):
        yield


@fault("one web container half open to the edge", spares=ANONYMOUS, recovers=3)
def _(stack: Stack) -> Iterator[None]:
    with port_rule(stack, "web", "OUTPUT", "--sport", breaking.WEB, "-j", "DROP"):
        yield


@fault("one web container resets the edge", spares=READERS, recovers=3)
def _(stack: Stack) -> Iterator[None]:
    with port_rule(stack, "web", "INPUT", "--dport", breaking.WEB, *RESET):
        yield


@fault("one web container loses 10 % of packets", spares=ANONYMOUS, recovers=3)
def _(stack: Stack) -> Iterator[None]:
    with port_rule(stack, "web", "INPUT", "--dport", breaking.WEB, *LOSSY):
        yield


@fault("Redis half open", spares=EVERYONE, recovers=1, alert="CacheBreakerOpen")
def _(stack: Stack) -> Iterator[None]:
    with port_rule(stack, "redis", "OUTPUT", "--sport", REDIS, "-j", "DROP"):
        yield


@fault("Redis loses 10 % of packets", spares=EVERYONE, recovers=1)
def _(stack: Stack) -> Iterator[None]:
    with port_rule(stack, "redis", "INPUT", "--dport", REDIS, *LOSSY):
        yield


@fault("PostgreSQL 40 ms away", spares=ANONYMOUS, recovers=5)
def _(stack: Stack) -> Iterator[None]:
    # What was open is reset at its beginning and at its end.
    with far(stack, "postgres", POSTGRES, 0.02):
        yield


@fault("Redis 600 ms away", spares=EVERYONE, recovers=1, alert="CacheBreakerOpen")
def _(stack: Stack) -> Iterator[None]:
    with far(stack, "redis", REDIS, 0.3):
        yield


@fault("one web container 600 ms away", spares=EVERYONE, recovers=1)
def _(stack: Stack) -> Iterator[None]:
    # The edge opens a connection for each request: none has to be reset.
    with far(stack, "web", breaking.WEB, 0.3, resets=False):
        yield


@fault("mail server cut off", spares=EVERYONE, recovers=1)
def _(stack: Stack) -> Iterator[None]:
    # OutboxWaits comes after ten minutes, and MailDelay: too long for a drill.
    worker = stack.containers("worker")[0]
    port = (stack.folder / "secrets/smtp_url").read_text().strip().rpartition(":")[2]
    with rule(worker, "OUTPUT", "-p", "tcp", "--dport", port, "-j", "DROP"):
        yield


@fault("names gone", spares=ANONYMOUS, recovers=5, alert="DatabaseBreakerOpen")
def _(stack: Stack) -> Iterator[None]:
    with ExitStack() as rules:
        for web in stack.containers("web"):
            rules.enter_context(rule(web, "OUTPUT", "-d", "127.0.0.11", "-j", "DROP"))
        yield


def port_rule(
    stack: Stack, service: str, chain: str, side: str, port: int, *words: str
) -> AbstractContextManager[None]:
    """Put a rule about one port into the network of a service."""
    return rule(stack.containers(service)[0], chain, "-p", "tcp", side, str(port), *words)


@contextmanager
def instead(
    stack: Stack, service: str, port: int, *, other: int = BESIDE, resets: bool = True
) -> Iterator[None]:
    """Lead what comes for a port of a service to another port there; what was open is reset."""
    container = stack.containers(service)[0]
    there = ("-p", "tcp", "--dport", str(port))
    redirect = ("-j", "REDIRECT", "--to-ports", str(other))
    with ExitStack() as rules:
        rules.enter_context(rule(container, "PREROUTING", "-t", "nat", *there, *redirect))
        if resets:
            rules.enter_context(rule(container, "INPUT", "!", "-i", "lo", *there, *RESET))
        yield


@contextmanager
def far(
    stack: Stack, service: str, port: int, delay: float, *, resets: bool = True
) -> Iterator[None]:
    """Have every piece of data to and from a service arrive later (seconds, one way)."""
    inside = ["nsenter", "--target", str(breaking.init_of(stack.containers(service)[0])), "--net"]
    link = ["-m", "tests.drills.slow_link", str(BESIDE), str(port), str(delay)]
    words = [*inside, sys.executable, *link]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(words, **pipes) as relay:  # type: ignore[call-overload]
        assert relay.stdout.readline()
        with instead(stack, service, port, resets=resets):
            yield
        relay.communicate(timeout=10)
