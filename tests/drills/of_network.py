"""Faults of the network between parts: cut, half open, reset, lossy, without names."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack

from tests.drills import breaking
from tests.drills.breaking import POSTGRES, REDIS, rule
from tests.drills.faults import ANONYMOUS, EVERYONE, fault
from tests.stack.stack import Stack


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
    reset = ("-j", "REJECT", "--reject-with", "tcp-reset")
    with port_rule(stack, "postgres", "INPUT", "--dport", POSTGRES, *reset):
        yield


@fault("PostgreSQL loses 10 % of packets", spares=ANONYMOUS, recovers=5)
def _(stack: Stack) -> Iterator[None]:
    lossy = ("-m", "statistic", "--mode", "random", "--probability", "0.1", "-j", "DROP")
    with port_rule(stack, "postgres", "INPUT", "--dport", POSTGRES, *lossy):
        yield


@fault("Redis cut off", spares=EVERYONE, recovers=1, alert="CacheBreakerOpen")
def _(stack: Stack) -> Iterator[None]:
    with port_rule(stack, "redis", "INPUT", "--dport", REDIS, "-j", "DROP"):
        yield


@fault("Redis resets", spares=EVERYONE, recovers=1, alert="CacheBreakerOpen")
def _(stack: Stack) -> Iterator[None]:
    reset = ("-j", "REJECT", "--reject-with", "tcp-reset")
    with port_rule(stack, "redis", "INPUT", "--dport", REDIS, *reset):
        yield


@fault("one web container cut off from the edge", spares=ANONYMOUS, recovers=3)
def _(stack: Stack) -> Iterator[None]:
    with port_rule(stack, "web", "INPUT", "--dport", breaking.WEB, "-j", "DROP"):
        yield


@fault("mail server cut off", spares=EVERYONE, recovers=1, alert="OutboxWaits")
def _(stack: Stack) -> Iterator[None]:
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
