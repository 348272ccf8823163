"""Each alert that wakes somebody is made to fire by its real cause, and to end by its cure.

Rules, scrapes and probes run sixty times faster than in production (tests/stack/prometheus.py), out
of the same files: an hour of burning budget is a minute here.
"""

import itertools
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from tests.deploy.alerts.promtool import written_alerts
from tests.stack.browser import Browser
from tests.stack.prometheus import Prometheus, pause
from tests.stack.stack import ADMIN, Stack, run, wait_until

AVAILABILITY = {
    "AnonymousAvailability",
    "ApiReadAvailability",
    "SignedInAvailability",
    "WriteAvailability",
}
LATENCY = {"AnonymousLatency", "ApiReadLatency", "SignedInLatency", "WriteLatency"}
PAGES = {alert["alert"] for alert in written_alerts() if alert["labels"]["severity"] == "page"}
FIRES_SECONDS = 90
ENDS_SECONDS = 150


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
    run("docker", "update", "--cpus", "0.1", *ids)
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


@pytest.mark.slow
def test_every_page_fires_by_its_cause_and_ends_by_its_cure(
    stack: Stack, prometheus: Prometheus, admin: Browser, token: str
) -> None:
    def fired(*names: str) -> bool:
        seen.update(prometheus.alerts())
        return set(names) <= seen

    seen: set[str] = set()
    with traffic(stack, admin, token):
        with away(stack, "postgres"):
            wait_until(lambda: fired(*AVAILABILITY), FIRES_SECONDS)
        with starved(stack):
            wait_until(lambda: fired(*LATENCY), FIRES_SECONDS)
        with away(stack, "edge-exporter"):
            wait_until(lambda: fired("NothingScraped"), FIRES_SECONDS)
        with away(stack, "edge"):
            wait_until(lambda: fired("SiteDown"), FIRES_SECONDS)
        assert seen == PAGES
        for name in sorted(PAGES):
            wait_until(lambda name=name: name not in prometheus.alerts(), ENDS_SECONDS)
