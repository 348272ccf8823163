"""Every container prints one JSON object an event; a request can be followed by one id."""

import json
from typing import Any

import pytest

from tests.stack import prometheus as monitoring
from tests.stack.browser import Browser
from tests.stack.prometheus import Prometheus
from tests.stack.stack import SERVICES, Stack, reference, run, wait_until

LEVELS = {"debug", "info", "warning", "error", "critical"}
CANARY = "Canary7Zq"


def events(stack: Stack, service: str) -> list[dict[str, Any]]:
    """Return what a service has printed; every line must be JSON."""
    return [json.loads(line) for line in stack.logs(service).splitlines()]


def on(stack: Stack, service: str, request_id: str) -> list[dict[str, Any]]:
    """Return a service's events of a request."""
    return [one for one in events(stack, service) if one.get("http.request.id") == request_id]


def test_edge_app_and_worker_name_a_request_and_its_fields_alike(stack: Stack) -> None:
    answer = Browser(stack).submit("/auth/reset", email="nobody@example.org")
    assert answer.status == 302, answer.body
    number = answer.get("X-Request-ID")
    (worker,) = wait_until(lambda: on(stack, "worker", number))
    (edge,) = wait_until(lambda: on(stack, "edge", number))
    web = wait_until(lambda: on(stack, "web", number))[-1]
    assert worker["message"].startswith("password_reset ")
    assert [line["service.name"] for line in (edge, web, worker)] == [
        "ironpress-edge",
        "ironpress-web",
        "ironpress-worker",
    ]
    for name in ("http.request.method", "url.path", "client.ip", "message"):
        assert edge[name] == web[name]
    assert 0 < web["event.duration"] <= edge["event.duration"] + 2_000_000


@pytest.mark.parametrize("service", [*SERVICES, "migrate"])
def test_every_line_of_a_service_is_json_with_the_same_fields(stack: Stack, service: str) -> None:
    if service == "migrate":  # A deployment may have made another, which has not run yet.
        run("docker", "start", "--attach", *stack.containers("migrate", ended=True))
    printed = wait_until(lambda: events(stack, service))
    for event in printed:
        assert event["@timestamp"].startswith("20"), event
        assert event["log.level"] in LEVELS, event
        assert event["message"], event
        assert event["service.name"] == f"ironpress-{service}"


@pytest.mark.parametrize("service", monitoring.SERVICES)
def test_every_line_of_an_observer_is_json_with_the_same_fields(
    prometheus: Prometheus, service: str
) -> None:
    test_every_line_of_a_service_is_json_with_the_same_fields(prometheus.stack, service)


def test_postgresql_names_the_request_and_the_statement_without_its_values(stack: Stack) -> None:
    comment = f"/*request_id='{CANARY[:-1]}-id',route='main.index'*/"
    for failing in (
        f"SELECT 1 FROM users WHERE\n id = 17 AND email = absent('{CANARY}') {comment}",  # noqa: S608
        f"SELECT pg_sleep(0.6), '{CANARY}' {comment}",
        f"SELECT '{CANARY}'::int",
        f"CREATE TEMP TABLE t (a text UNIQUE); INSERT INTO t VALUES ('{CANARY}'), ('{CANARY}')",  # noqa: S608
    ):
        stack.sql(failing, check=False)
    failed, slow = wait_until(
        lambda: len(found := on(stack, "postgres", f"{CANARY[:-1]}-id")) > 1 and found[-2:]
    )
    assert failed["log.level"] == "error"
    assert failed["error.code"] == "42883"
    assert failed["db.query.text"] == "SELECT ? FROM users WHERE\n id = ? AND email = absent(?)"
    assert slow["event.duration"] > 600e6
    wait_until(
        lambda: [one for one in events(stack, "postgres") if one.get("error.code") == "23505"]
    )
    assert CANARY not in stack.logs("postgres")


def test_an_error_of_the_edge_says_who_asked_for_what_without_the_query(stack: Stack) -> None:
    path = f"/{CANARY[:-1]}-path"
    # More than the edge takes.
    stack.ask(f"{path}?q={CANARY}", "POST", Content_Length=str(1 << 30), Referer=f"/{CANARY}")
    found = wait_until(
        lambda: [
            one
            for one in events(stack, "edge")
            if one.get("url.path") == path and one["log.level"] == "error"
        ]
    )[-1]
    assert "too large body" in found["message"]
    assert found["http.request.method"] == "POST"
    assert found["client.ip"]
    assert CANARY not in stack.logs("edge")


def test_the_first_process_passes_signals_on_and_ends_as_its_server(images: None) -> None:
    # PostgreSQL's image holds a shell, which stands in for a server here.
    script = (
        "trap 'echo asked to end >&2; exit 5' INT; echo '{}' ; echo up >&2; while :; do :; done"
    )
    program = ("/usr/bin/json-log", "ironpress-x", "sh", "-c", script)
    container = run(
        "docker", "run", "--detach", "--network", "none", "--cpus", "0.5", "--entrypoint",
        program[0], reference("postgres"), *program[1:],
    ).strip()  # fmt: skip
    try:
        wait_until(lambda: "up" in run("docker", "logs", container))
        run("docker", "kill", "--signal", "INT", container)
        assert run("docker", "wait", container).strip() == "5"
        lines = [json.loads(line) for line in run("docker", "logs", container).splitlines()]
        assert [line.get("message") for line in lines] == [None, "up", "asked to end"]
    finally:
        run("docker", "rm", "--force", container)


def test_the_level_changes_while_a_container_runs(stack: Stack) -> None:
    assert stack.flask("log-level", "DEBUG").strip().endswith("DEBUG")
    try:
        wait_until(lambda: "Logging from level DEBUG" in stack.logs("web"))
    finally:
        stack.flask("log-level", "--reset")
    wait_until(lambda: "Logging from level INFO" in stack.logs("web"))
