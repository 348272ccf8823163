"""Each alert that wakes somebody is made to fire by its real cause, and to end by its cure.

Rules, scrapes and probes run sixty times faster than in production (tests/stack/prometheus.py), out
of the same files: an hour of burning budget is a minute here. What was measured is written into
build/alarms.md.
"""

import itertools
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from time import monotonic

import pytest

from app.settings import ROOT
from tests.deploy.alerts.promtool import written_alerts
from tests.stack.browser import Browser
from tests.stack.prometheus import Prometheus, pause
from tests.stack.stack import ADMIN, Stack, run, wait_until

PAGES = {alert["alert"] for alert in written_alerts() if alert["labels"]["severity"] == "page"}
REPORT = ROOT / "build" / "alarms.md"
FIRES_SECONDS = 120
ENDS_SECONDS = 180


@pytest.fixture
def token(stack: Stack) -> str:
    """Give a token of the admin's."""
    name, password = ADMIN
    body = json.dumps({"username": name, "password": password})
    answer = stack.ask("/api/v1/auth/token", "POST", body=body, Content_Type="application/json")
    found: str = json.loads(answer.body)["access_token"]
    return found


@contextmanager
def traffic(stack: Stack, admin: Browser, token: str) -> Iterator[None]:
    """Ask without pause for what only web can answer, in every class of requests."""
    ended, numbers = threading.Event(), itertools.count()
    bearer = {"Authorization": f"Bearer {token}"}
    kinds: list[Callable[[], object]] = [
        lambda: stack.ask(f"/search?q=n{next(numbers)}"),
        lambda: admin.get("/desk/"),
        lambda: stack.ask(f"/api/v1/posts?page={next(numbers) % 3 + 1}", **bearer),
        lambda: stack.ask(
            "/api/v1/posts", "POST", body="{}", Content_Type="application/json", **bearer
        ),
    ]

    def go_on(ask: Callable[[], object]) -> None:
        while not ended.wait(0.05):
            with suppress(OSError):  # The edge is away in one of the cases.
                ask()

    threads = [threading.Thread(target=go_on, args=(ask,)) for ask in kinds for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


@contextmanager
def starved(stack: Stack) -> Iterator[None]:
    """Leave the web containers almost no processor."""
    ids = stack.containers("web")
    cpus = str(stack.inspect("web")["HostConfig"]["NanoCpus"] / 1e9)
    run("docker", "update", "--cpus", "0.05", *ids)
    try:
        yield
    finally:
        run("docker", "update", "--cpus", cpus, *ids)


@contextmanager
def away(stack: Stack, service: str) -> Iterator[None]:
    """Stop a service, and start it again."""
    pause(stack, "stop", service)
    try:
        yield
    finally:
        pause(stack, "start", service)


# What is done, and who has to notice.
CAUSES: dict[str, tuple[Callable[[Stack], AbstractContextManager[None]], set[str]]] = {
    "PostgreSQL is stopped": (
        lambda stack: away(stack, "postgres"),
        {
            "AnonymousAvailability",
            "ApiReadAvailability",
            "SignedInAvailability",
            "WriteAvailability",
        },
    ),
    "the web containers get a twentieth of their processor": (
        starved,
        {"AnonymousLatency", "ApiReadLatency", "SignedInLatency", "WriteLatency"},
    ),
    "the edge's exporter is stopped": (
        lambda stack: away(stack, "edge-exporter"),
        {"NothingScraped"},
    ),
    "the edge is stopped": (lambda stack: away(stack, "edge"), {"SiteDown"}),
}


def test_every_page_has_its_case() -> None:
    assert set().union(*(names for _, names in CAUSES.values())) == PAGES


def times(names: set[str], seconds: float, reached: Callable[[str], bool]) -> dict[str, float]:
    """Return after how many seconds each of some names has reached a state."""
    begun, found = monotonic(), dict[str, float]()

    def all_reached() -> bool:
        found.update({n: monotonic() - begun for n in names - found.keys() if reached(n)})
        return found.keys() == names

    with suppress(AssertionError):
        wait_until(all_reached, seconds)
    assert found.keys() == names, f"not within {seconds} s: {sorted(names - found.keys())}"
    return found


@pytest.mark.slow
@pytest.mark.parametrize("cause", CAUSES)
def test_a_page_fires_by_its_cause_and_ends_by_its_cure(
    stack: Stack, prometheus: Prometheus, admin: Browser, token: str, cause: str
) -> None:
    happens, names = CAUSES[cause]
    wait_until(lambda: not names & prometheus.alerts(), ENDS_SECONDS)
    with traffic(stack, admin, token):
        with happens(stack):
            fired = times(names, FIRES_SECONDS, lambda name: name in prometheus.alerts())
        ended = times(names, ENDS_SECONDS, lambda name: name not in prometheus.alerts())
    REPORT.parent.mkdir(exist_ok=True)
    with REPORT.open("a") as report:
        for name in sorted(names):
            report.write(f"| `{name}` | {cause} | {fired[name]:.0f} | {ended[name]:.0f} |\n")
