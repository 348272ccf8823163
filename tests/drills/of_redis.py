"""Faults inside Redis: its values gone or spoilt."""

from collections.abc import Iterator

from tests.drills.breaking import REDIS
from tests.drills.faults import EVERYONE, fault
from tests.drills.of_network import BESIDE, instead
from tests.stack.stack import Stack, reference, run

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


@fault("Redis a read-only replica", spares=EVERYONE, recovers=1, alert="CacheBreakerOpen")
def _(stack: Stack) -> Iterator[None]:
    redis = stack.containers("redis")[0]
    acl = stack.folder / "secrets/redis_acl"
    # Beside it, on the same network: what a failover leaves in the primary's place.
    replica = run(
        *("docker", "run", "--detach", "--rm", "--network", f"container:{redis}"),
        *("--user", "10001:0", "--volume", f"{acl}:/run/secrets/redis_acl:ro"),
        *(reference("redis"), "--port", str(BESIDE), "--replicaof", "127.0.0.1 1"),
    ).strip()
    try:
        with instead(stack, "redis", REDIS):
            yield
    finally:
        run("docker", "kill", replica)
