"""One request can be followed through every log of the bundle by one id."""

import json
from typing import Any

from tests.stack.browser import Browser
from tests.stack.stack import Stack, wait_until


def lines_of(stack: Stack, service: str, request_id: str) -> list[dict[str, Any]]:
    """Return a service's lines on a request; each must be JSON."""
    found = [line for line in stack.logs(service).splitlines() if request_id in line]
    return [json.loads(line) for line in found]


def test_edge_app_and_worker_name_a_request_and_its_fields_alike(stack: Stack) -> None:
    answer = Browser(stack).submit("/auth/reset", email="nobody@example.org")
    assert answer.status == 302, answer.body
    number = answer.get("X-Request-ID")
    (worker,) = wait_until(lambda: lines_of(stack, "worker", number))
    (edge,) = wait_until(lambda: lines_of(stack, "edge", number))
    web = wait_until(lambda: lines_of(stack, "web", number))[-1]
    assert worker["message"].startswith("password_reset ")
    assert [line["service.name"] for line in (edge, web, worker)] == [
        "ironpress-edge",
        "ironpress-web",
        "ironpress-worker",
    ]
    for name in ("http.request.method", "url.path", "client.ip"):
        assert edge[name] == web[name]
    assert 0 < web["event.duration"] <= edge["event.duration"] + 2_000_000
    assert all(line["http.request.id"] == number for line in (edge, web, worker))


def test_every_line_of_web_worker_and_migrate_is_json(stack: Stack) -> None:
    for service in ("web", "worker", "migrate"):
        for line in stack.logs(service).splitlines():
            assert "@timestamp" in json.loads(line), line


def test_the_level_changes_while_a_container_runs(stack: Stack) -> None:
    assert stack.flask("log-level", "DEBUG").strip().endswith("DEBUG")
    try:
        wait_until(lambda: "Logging from level DEBUG" in stack.logs("web"))
    finally:
        stack.flask("log-level", "--reset")
    wait_until(lambda: "Logging from level INFO" in stack.logs("web"))
