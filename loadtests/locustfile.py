"""What Locust loads: the users, the shape of the run, and what is measured beside Locust's own.

`make load` starts it; every process records a timeline and watches itself, the master adds them up,
judges and writes `run.json`. The exit status is 0 for kept gates, 1 for a broken one, 3 for a run
that is void because the generator was too slow.
"""

import json
import time
from typing import Any

import gevent
from locust import LoadTestShape, events
from locust.runners import MasterRunner, WorkerRunner

from loadtests import catalogue as pages
from loadtests import options, users
from loadtests.exposition import serve
from loadtests.gates import judge, read_gates
from loadtests.guard import Guard
from loadtests.shapes import SHAPES
from loadtests.steps import SETTLING_SECONDS, broken_levels
from loadtests.timeline import Timeline, load_timeline
from loadtests.users import (
    ApiClient,
    Author,
    Commenter,
    FeedReader,
    Reader,
    ReturningReader,
    Searcher,
)

__all__ = [
    "ApiClient",
    "Author",
    "Commenter",
    "FeedReader",
    "Reader",
    "ReturningReader",
    "Searcher",
    "SiteShape",
]

BROKEN, VOID = 1, 3
KNEE_WINDOW = 4  # Seconds that are looked at when the knee is searched for.
LOGIN_SECONDS = 5  # Of that search are not looked at: all who ever log in do so now.
REPORT_SECONDS = 3  # Workers report that late.

shape = SHAPES[options.SHAPE]
length = options.SECONDS or shape.seconds
gates = read_gates()
timeline, unsent, guard = Timeline(), Timeline(), Guard()
planned: list[tuple[float, float]] = []
state: dict[str, Any] = {"knee": None, "ended": False, "unfit": ""}


class SiteShape(LoadTestShape):
    """Keeps as many users as the rate needs: each makes one visit a second."""

    use_common_options = False

    def tick(self) -> tuple[int, float] | None:
        """Return how many users there should be now."""
        moment = self.get_run_time()
        rate = shape.rate_at(moment, options.RATE, length)
        if rate is None or (shape.finds_knee and broke(planned)):
            return None
        if not shape.finds_knee or moment >= LOGIN_SECONDS:
            planned.append((time.time(), rate))
        users_due = max(1, round(rate * Reader.interval))
        # Who comes shakes hands: many at once would be the generator's load, not the site's.
        return users_due, max(10.0, users_due / 5) if shape.finds_knee else 1000


def broke(plan: list[tuple[float, float]]) -> bool:
    """Say whether a level broke in the last seconds, and keep the last rate that held."""
    now = int(time.time())
    span = {"since": now - KNEE_WINDOW - REPORT_SECONDS, "until": now - REPORT_SECONDS}
    rates = {rate for moment, rate in plan if span["since"] <= moment < span["until"]}
    if len(rates) != 1 or not timeline.total(**span).count:
        return False
    (rate,) = rates
    began = next(moment for moment, planned_rate in plan if planned_rate == rate)
    if began + SETTLING_SECONDS > span["since"]:
        return False
    if broken := broken_levels(timeline, gates, rate, span):
        print(f"At {rate:.0f} visits a second: {'; '.join(broken)}")
        return True
    state["knee"] = rate
    return False


@events.request.add_listener
def record(name: str, response_time: float, exception: Any, response: Any = None, **_: Any) -> None:
    """Note a request in this process' timeline."""
    headers = getattr(response, "headers", None) or {}
    cache = headers.get("Cache-Status", "").removeprefix("edge; ")
    unsent.record(
        second=int(time.time()),
        name=name,
        milliseconds=response_time,
        fault=str(exception) if exception else "",
        cache=cache.partition("; detail=")[2] or cache.partition(";")[0],
    )


def collect() -> None:
    """Move what this process has noted to the timeline of the whole run."""
    timeline.merge(unsent)
    unsent.cells.clear()
    unsent.faults.clear()


@events.report_to_master.add_listener
def report(data: dict[str, Any], **_: Any) -> None:
    """Send the master what was noted since the last time."""
    data["timeline"], data["guard"] = unsent.dump(), guard.dump()
    unsent.cells.clear()
    unsent.faults.clear()
    guard.__init__()  # type: ignore[misc]  # What is sent is not counted again.


@events.worker_report.add_listener
def take(data: dict[str, Any], **_: Any) -> None:
    """Add a worker's report."""
    timeline.merge(load_timeline(data["timeline"]))
    guard.merge(data["guard"])


@events.init.add_listener
def prepare(environment: Any, **_: Any) -> None:
    """Serve the metrics of the run; look what there is to visit before anyone comes."""
    if not isinstance(environment.runner, WorkerRunner):
        if options.METRICS_PORT:
            serve(options.METRICS_PORT, timeline, guard, environment)
        gevent.spawn(every_second)


def every_second() -> None:
    """Collect this process' own notes, so that the knee and the metrics see them."""
    while not state["ended"]:
        gevent.sleep(1)
        collect()


@events.test_start.add_listener
def start(environment: Any, **_: Any) -> None:
    """Learn the site and begin to watch this process, where it makes requests."""
    if isinstance(environment.runner, MasterRunner):
        return
    try:
        users.catalogue.__dict__.update(pages.read_catalogue(environment.host).__dict__)
    except (OSError, ValueError) as error:
        state["unfit"] = f"{environment.host} cannot be loaded: {error}"
        environment.runner.quit()
        return
    gevent.spawn(guard.watch, gevent.sleep, lambda: state["ended"])


@events.quitting.add_listener
def finish(environment: Any, **_: Any) -> None:
    """Judge the run and write it down."""
    state["ended"] = True
    if isinstance(environment.runner, WorkerRunner):
        return
    collect()
    verdicts = judge(timeline, gates)
    void = state["unfit"] or (guard.complaint() if timeline.cells else "Nothing was asked.")
    run = {
        "shape": options.SHAPE,
        "rate": options.RATE,
        "host": environment.host,
        "planned": planned,
        "knee": state["knee"],
        "void": void,
        "guard": guard.dump(),
        "verdicts": [verdict.__dict__ | {"is_kept": verdict.is_kept} for verdict in verdicts],
        "timeline": timeline.dump(),
    }
    options.FOLDER.mkdir(parents=True, exist_ok=True)
    (options.FOLDER / "run.json").write_text(json.dumps(run), encoding="utf-8")
    broken = [verdict for verdict in verdicts if not verdict.is_kept]
    for line in [str(verdict) for verdict in broken] + ([f"VOID: {void}"] if void else []):
        print(line)
    held = shape.finds_knee or not broken  # A knee is where a gate breaks.
    environment.process_exit_code = VOID if void else 0 if held else BROKEN
