"""Faults inside Redis: its values gone or spoilt."""

from collections.abc import Iterator

from tests.drills.faults import EVERYONE, fault
from tests.stack.stack import Stack

REPLACE = """
import sys, redis
r = redis.Redis.from_url(open("/run/secrets/redis_url").read().strip())
for key in list(r.scan_iter("*", count=1000)):
    {action}
"""


def spoil(stack: Stack, action: str) -> None:
    """Do something to every key in Redis."""
    stack.python("web", REPLACE.format(action=action))


@fault("Redis emptied", spares=EVERYONE, recovers=1, hold=2)
def _(stack: Stack) -> Iterator[None]:
    spoil(stack, "r.delete(key)")
    yield


@fault("Redis values corrupt", spares=EVERYONE, recovers=1, hold=2)
def _(stack: Stack) -> Iterator[None]:
    spoil(stack, "r.set(key, b'\\x80\\x04corrupt')")
    yield


@fault("Redis values of another type", spares=EVERYONE, recovers=1, hold=2)
def _(stack: Stack) -> Iterator[None]:
    spoil(stack, "r.delete(key); r.rpush(key, 1, 2, 3)")
    yield
