"""P9: how the bundle's throughput grows with web containers.

Eight containers of a twentieth of a processor each fit beside edge, database and generator on a
small machine, and nothing but they can be the limit. One after the other is taken out of the edge's
sight; the Universal Scalability Law is fitted to what is left. Web answers each request: the edge
keeps no page with a query that it does not know.
"""

import re
import time
from pathlib import Path
from statistics import median

from loadtests.svg import Line, plot
from loadtests.usl import Law, fit
from scripts.bench.bundle import started
from scripts.bench.generator import Void
from scripts.bench.rows import Row
from tests.stack.stack import HOST, Stack, run

MOST, CPUS = 8, "0.05"
CLIENTS = 6  # For each container: its processor is never idle, and nobody is sent away.
SECONDS, REPEATS = 6, 3
PATH = "/articles?x=1"
RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
STATUS = re.compile(r"\[(\d+)\]\s+(\d+) responses")
# One worker each, whose pool lets eight of them fit the database.
SETTINGS = {
    "WEB_REPLICAS": str(MOST),
    "WEB_CONCURRENCY": "1",
    "DATABASE_POOL_SIZE": "4",
    "MAX_CONNECTIONS": "200",
}


def scaling_rows(plot_to: Path) -> list[Row]:
    """Measure P9, and draw what was measured beside the law."""
    with started(**SETTINGS) as (stack, _):
        found = measured(stack)
    law = fit([(count, median(rates)) for count, rates in found.items()])
    plot_to.write_text(picture(found, law), encoding="utf-8")
    what = f"1–{MOST} web containers, R² {law.fitness:.3f}"
    contention, coherency = law.contention, law.coherency
    return [
        Row("P9", f"σ, {what}", contention, contention, contention, 0.02, False),
        Row("P9", f"κ, {what}", coherency, coherency, coherency, 1e-4, False),
    ]


def measured(stack: Stack) -> dict[int, list[float]]:
    """Return the requests a second by the number of containers."""
    generator = run("scripts/debian-package", "hey").strip() + "/usr/bin/hey"
    webs = stack.containers("web")
    run("docker", "update", "--cpus", CPUS, *webs)
    found: dict[int, list[float]] = {}
    for count in range(MOST, 0, -1):
        for web in webs[count : count + 1]:
            run("docker", "network", "disconnect", f"{stack.name}_front", web)
            time.sleep(2)  # The edge looks names up each second.
        throughput(generator, stack, count, seconds=3)  # Warms caches and connections.
        found[count] = [throughput(generator, stack, count, SECONDS) for _ in range(REPEATS)]
    return found


def throughput(generator: str, stack: Stack, count: int, seconds: int) -> float:
    """Return the requests a second that were answered; any but 200 voids the measurement."""
    printed = run(
        *(generator, "-z", f"{seconds}s", "-c", str(CLIENTS * count), "-t", "20", "-host", HOST),
        f"https://127.0.0.1:{stack.https_port}{PATH}",
    )
    statuses = dict(STATUS.findall(printed))
    rate = RATE.search(printed)
    if set(statuses) != {"200"} or "Error distribution" in printed or not rate:
        raise Void(printed[-600:])
    return float(rate[1])


def picture(found: dict[int, list[float]], law: Law) -> str:
    """Return the plot."""
    lines = [
        Line("law", [(n / 10, law.throughput(n / 10)) for n in range(10, 10 * MOST + 1)]),
        Line("measured", [(n, x) for n, rates in found.items() for x in rates], dots=True),
        Line("linear", [(1, law.rate), (MOST, MOST * law.rate)], dashed=True),
    ]
    drawn = plot("Throughput by web containers", lines, unit="a second", x_unit="containers")
    return drawn.replace("<svg ", '<svg font-family="sans-serif" font-size="11" ', 1) + "\n"
