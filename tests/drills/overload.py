"""`make overload`: asks a bundle for more than it can serve, and says what it still serves.

The requests go past the edge's page cache, to the application. First clients that wait for each
answer find out how much it serves at most; then requests come at a fixed rate, whatever the answers
do, at 1.2, 2 and 5 times that; then at half of it, to see that it is over at once.
"""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from statistics import quantiles
from time import monotonic

from tests.drills.table import keep, stamp
from tests.stack.stack import HOST, Stack, address, run
from tests.stack.traffic import ClosedError, answer

PATH = "/articles?x=1"
# No copy of it is kept anywhere.
UNKEPT = "/api/v1/posts?per_page=5"
REFUSALS = 200
CLIENTS, CONNECTIONS = 32, 500
EDGE_PORT = 8443
SHED = (429, 503)
SERVED_BY = ("edge", "web", "postgres", "redis")
MEASURE_SECONDS = 6.0
STEP_SECONDS = 10.0
ANSWER_SECONDS = 5.0
STEPS = (1.2, 2.0, 5.0, 0.5)


@dataclass(frozen=True)
class Step:
    """What came at a rate; rates in a second, times in seconds."""

    times: float
    asked: float
    good: float
    shed: float
    failed: int
    good_p99: float
    shed_p50: float
    shed_p99: float
    late: float  # How far behind its own clock the generator was at worst.


@dataclass(frozen=True)
class Answered:
    """One request, its status 0 where no answer came in time."""

    status: int
    seconds: float


class Generator:
    """Keeps connections open, as many as readers have at once, and sends requests on them.

    A request for which there is none waits, and its time counts.
    """

    def __init__(self, stack: Stack, path: str = PATH) -> None:
        # The engine's own proxy, behind a published port, gives up before the edge does.
        self.address, self.context = address(stack.containers("edge")[0]), stack.tls()
        self.idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self.free = asyncio.Semaphore(CONNECTIONS)
        self.request = f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()

    async def ask(self) -> Answered:
        """Send one request, on a connection that has nothing to do."""
        started = monotonic()
        try:
            status = await asyncio.wait_for(self.exchange(), ANSWER_SECONDS)
        except (OSError, TimeoutError, EOFError, ClosedError):
            status = 0
        return Answered(status, monotonic() - started)

    async def exchange(self) -> int:
        async with self.free:
            reader, writer = self.idle.pop() if self.idle else await self.connect()
            kept = False
            try:
                writer.write(self.request)
                status, _, closes = await answer(reader)
                kept = not closes
            finally:
                if kept:
                    self.idle.append((reader, writer))
                else:
                    writer.close()
            return status

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection."""
        return await asyncio.open_connection(
            self.address, EDGE_PORT, ssl=self.context, server_hostname=HOST
        )

    async def open(self) -> None:
        """Open all connections before anything is measured."""
        while len(self.idle) < CONNECTIONS:
            self.idle += await asyncio.gather(*(self.connect() for _ in range(20)))

    async def most(self) -> float:
        """Return how many good answers a second clients get who wait for each."""
        end = monotonic() + MEASURE_SECONDS

        async def client() -> int:
            good = 0
            while monotonic() < end:
                good += (await self.ask()).status == 200
            return good

        return sum(await asyncio.gather(*(client() for _ in range(CLIENTS)))) / MEASURE_SECONDS

    async def at_rate(self, times: float, rate: float) -> Step:
        """Send requests at a rate, by a clock that does not wait for answers."""
        started = due = monotonic()
        tasks, late = [], 0.0
        while due < started + STEP_SECONDS:
            await asyncio.sleep(max(0.0, due - monotonic()))
            late = max(late, monotonic() - due)
            tasks.append(asyncio.create_task(self.ask()))
            due += 1 / rate
        answers = await asyncio.gather(*tasks)
        good = [one.seconds for one in answers if one.status == 200]
        shed = [one.seconds for one in answers if one.status in SHED]
        return Step(
            times,
            len(answers) / STEP_SECONDS,
            len(good) / STEP_SECONDS,
            len(shed) / STEP_SECONDS,
            len(answers) - len(good) - len(shed),
            percentile(good, 99),
            percentile(shed, 50),
            percentile(shed, 99),
            late,
        )


@contextmanager
def open_to_one(stack: Stack) -> Iterator[None]:
    """Let one address come as often as many would."""
    before = stack.more
    stack.more = before | {"EDGE_CONNECTIONS": "10000"}
    stack.script("reload")
    try:
        yield
    finally:
        stack.more = before
        stack.script("reload")


@contextmanager
def pinned(stack: Stack) -> Iterator[None]:
    """Give the bundle the first core and this process the others, where there are any."""
    cores = sorted(os.sched_getaffinity(0))
    containers = [one for service in SERVED_BY for one in stack.containers(service)]
    if len(cores) > 1:
        run("docker", "update", "--cpuset-cpus", str(cores[0]), *containers)
        os.sched_setaffinity(0, cores[1:])
    try:
        yield
    finally:
        run("docker", "update", "--cpuset-cpus", ",".join(map(str, cores)), *containers)
        os.sched_setaffinity(0, cores)


def percentile(values: list[float], which: int) -> float:
    """Return a percentile; nought where there are too few values for one."""
    return quantiles(values, n=100)[which - 1] if len(values) > 1 else 0.0


async def overload(stack: Stack) -> dict[str, object]:
    """Find the most that is served, then ask for more."""
    generator = Generator(stack)
    await generator.open()
    most = await generator.most()
    print(f"serves {most:.0f} a second at most", flush=True)
    steps = []
    for times in STEPS:
        steps.append(await generator.at_rate(times, times * most))
        print(line(steps[-1], most), flush=True)
    found = {**stamp(), "most": most, "steps": [asdict(step) for step in steps]}
    return found | {"refusals": await refusals(stack)}


async def refusals(stack: Stack) -> dict[str, float]:
    """Return how soon (s) a request is refused while there is no PostgreSQL."""
    generator = Generator(stack, UNKEPT)
    postgres = stack.containers("postgres")[0]
    run("docker", "kill", postgres)
    try:
        # The first ones find out, and open the breakers of each process.
        for _ in range(REFUSALS):
            await generator.ask()
        answers = [await generator.ask() for _ in range(REFUSALS)]
    finally:
        run("docker", "start", postgres)
    seconds = [one.seconds for one in answers if one.status == 503]
    found = {"p50": percentile(seconds, 50), "p99": percentile(seconds, 99)}
    print(f"without PostgreSQL: {len(seconds)} of {REFUSALS} refused, {found}", flush=True)
    return found | {"refused": len(seconds), "asked": REFUSALS}


def line(step: Step, most: float) -> str:
    """Return a step as a line of text."""
    return (
        f"{step.times:3} times: asked {step.asked:.0f}, good {step.good:.0f} "
        f"({step.good / most:.0%} of the most, p99 {step.good_p99 * 1000:.0f} ms), shed "
        f"{step.shed:.0f} (p50 {step.shed_p50 * 1000:.0f} ms, p99 {step.shed_p99 * 1000:.0f} ms), "
        f"failed {step.failed}, generator late by {step.late * 1000:.0f} ms"
    )


def main(stack: Stack) -> None:
    """Overload a bundle and keep the figures."""
    with open_to_one(stack), pinned(stack):
        found = asyncio.run(overload(stack))
    keep("overload.json", found, docs="--docs" in sys.argv)


if __name__ == "__main__":
    from tests.drills.__main__ import bundle

    with bundle() as stack:
        main(stack)
