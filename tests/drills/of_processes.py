"""Faults of processes and containers: killed, frozen, stopped."""

import signal
from collections.abc import Iterator

from tests.drills import breaking
from tests.drills.breaking import (
    accepts,
    crash,
    frozen,
    frozen_service,
    healthy,
    init_of,
)
from tests.drills.faults import ANONYMOUS, EVERYONE, NOBODY, READERS, fault
from tests.stack.stack import Stack, run, wait_until


@fault("worker killed", spares=READERS, recovers=1, hold=0)
def _(stack: Stack) -> Iterator[None]:
    breaking.send(breaking.worker_of(stack), signal.SIGKILL)
    yield


@fault("worker frozen", spares=ANONYMOUS, recovers=1)
def _(stack: Stack) -> Iterator[None]:
    # The arbiter replaces it after REQUEST_TIMEOUT; there is nothing for anybody to do.
    with frozen(breaking.worker_of(stack)):
        yield


@fault("arbiter frozen", spares=EVERYONE, recovers=1)
def _(stack: Stack) -> Iterator[None]:
    with frozen(init_of(stack.containers("web")[0])):
        yield


@fault("web container killed", spares=READERS, recovers=3, hold=0)
def _(stack: Stack) -> Iterator[None]:
    crash(stack, "web")
    yield


@fault("web container frozen", spares=ANONYMOUS, recovers=3)
def _(stack: Stack) -> Iterator[None]:
    with frozen(*breaking.pids(stack.containers("web")[0])):
        yield


# The site's probe is answered all the while, from the edge's copies: SiteDown has no reason.
@fault("every web container stopped", spares=ANONYMOUS, recovers=3, alert="NothingScraped")
def _(stack: Stack) -> Iterator[None]:
    webs = stack.containers("web")
    run("docker", "kill", *webs)
    yield
    run("docker", "start", *webs)
    wait_until(lambda: healthy(webs[0]) and healthy(webs[1]), 60)


@fault("edge killed", spares=NOBODY, recovers=3, alert="SiteDown", hold=0)
def _(stack: Stack) -> Iterator[None]:
    crash(stack, "edge")
    yield


@fault("edge frozen", spares=NOBODY, recovers=3, alert="SiteDown")
def _(stack: Stack) -> Iterator[None]:
    with frozen_service(stack, "edge"):
        yield


@fault("outbox worker killed", spares=EVERYONE, recovers=1, hold=2)
def _(stack: Stack) -> Iterator[None]:
    crash(stack, "worker")
    yield


@fault("outbox worker frozen", spares=EVERYONE, recovers=1, alert="WorkerSilent")
def _(stack: Stack) -> Iterator[None]:
    with frozen_service(stack, "worker"):
        yield


@fault("Redis killed", spares=EVERYONE, recovers=1, hold=3)
def _(stack: Stack) -> Iterator[None]:
    crash(stack, "redis")
    yield


# Its name is gone as well: the exporter, too, waits for the name, and RedisDown for the exporter.
@fault("Redis stopped", spares=EVERYONE, recovers=1, alert="CacheBreakerOpen")
def _(stack: Stack) -> Iterator[None]:
    redis = stack.containers("redis")[0]
    run("docker", "kill", redis)
    yield
    run("docker", "start", redis)


@fault("Redis frozen", spares=EVERYONE, recovers=1, alert="CacheBreakerOpen")
def _(stack: Stack) -> Iterator[None]:
    with frozen_service(stack, "redis"):
        yield


@fault("PostgreSQL killed", spares=ANONYMOUS, recovers=5, alert="PostgresDown", hold=0)
def _(stack: Stack) -> Iterator[None]:
    postgres = stack.containers("postgres")[0]
    crash(stack, "postgres")
    yield
    wait_until(lambda: accepts(postgres), 60)


@fault(
    "PostgreSQL stopped", spares=ANONYMOUS, recovers=5, alert="PostgresDown, DatabaseBreakerOpen"
)
def _(stack: Stack) -> Iterator[None]:
    postgres = stack.containers("postgres")[0]
    run("docker", "kill", postgres)
    yield
    run("docker", "start", postgres)
    wait_until(lambda: accepts(postgres), 60)


@fault("PostgreSQL frozen", spares=ANONYMOUS, recovers=5, alert="PostgresDown, DatabaseBreakerOpen")
def _(stack: Stack) -> Iterator[None]:
    with frozen_service(stack, "postgres"):
        yield


@fault("PostgreSQL's backends killed", spares=ANONYMOUS, recovers=5, hold=0)
def _(stack: Stack) -> Iterator[None]:
    postgres = stack.containers("postgres")[0]
    breaking.send(breaking.pids(postgres)[-1], signal.SIGKILL)
    yield
    wait_until(lambda: accepts(postgres), 60)
