"""The monitoring profile beside the bundle: hardened, complete, and no burden to readers."""

import http.client
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack.prometheus import SERVICES, Prometheus, pause
from tests.stack.stack import HOST, Stack, run, wait_until

JOBS = {
    "alertmanager", "backup", "edge", "machine", "nginx", "postgres", "prometheus", "redis", "site",
    "web", "worker",
}  # fmt: skip


def test_every_target_is_up(prometheus: Prometheus) -> None:
    def all_up() -> bool:
        found = prometheus.targets()
        return found.keys() == JOBS and set().union(*found.values()) == {"up"}

    wait_until(all_up, 60)


def test_a_request_is_counted_with_its_class_status_and_cache_state(
    stack: Stack, prometheus: Prometheus
) -> None:
    def counted(route_class: str, status: int) -> float:
        query = f'sum(ironpress_edge_requests_total{{class="{route_class}", status="{status}"}})'
        found = prometheus.query(query)
        return float(found[0]["value"][1]) if found else 0

    wanted = {
        ("anonymous", "GET", "/articles", 200),
        ("anonymous", "GET", "/absent", 404),
        ("api_read", "GET", "/api/v1/posts", 200),
        ("write", "POST", "/auth/login", 400),
        ("static", "GET", "/static/css/site.css", 200),
    }
    before = {key: counted(key[0], key[3]) for key in wanted}
    for _, method, path, status in wanted:
        assert stack.ask(path, method, body="" if method == "POST" else None).status == status
    for key in wanted:
        wait_until(lambda key=key: counted(key[0], key[3]) > before[key], 15)


@pytest.mark.parametrize("service", SERVICES)
def test_an_observer_may_do_nothing_but_observe(
    stack: Stack, prometheus: Prometheus, service: str
) -> None:
    container = stack.inspect(service)
    host = container["HostConfig"]
    status = Path(f"/proc/{container['State']['Pid']}/status").read_text()
    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"]
    assert "CapEff:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status
    assert "Uid:\t10001\t10001" in status
    assert 0 < host["Memory"] <= 512 << 20
    bindings = [b["HostIp"] for ports in host["PortBindings"].values() for b in ports]
    assert set(bindings) <= {"127.0.0.1"}


def test_the_exporters_may_read_figures_and_nothing_else(
    stack: Stack, prometheus: Prometheus
) -> None:
    folder = stack.folder / "secrets"
    password = (folder / "redis_monitor_password").read_text().strip()
    redis = stack.containers("redis")[0]
    as_exporter = ("docker", "exec", redis, "redis-cli", "--user", "ironpress_monitor", "--pass")
    for refused in (
        ("GET", "ironpress:x"),
        ("SET", "x", "1"),
        ("CONFIG", "GET", "*"),
        ("KEYS", "*"),
    ):
        assert "NOPERM" in run(*as_exporter, password, *refused)
    secret = (folder / "postgres_monitor_password").read_text().strip()
    query = ("psql", "-h", "127.0.0.1", "-U", "ironpress_monitor", "ironpress", "-c")
    container = stack.containers("postgres")[0]
    as_monitor = ("docker", "exec", "-e", f"PGPASSWORD={secret}", container, *query)
    assert "count" in run(*as_monitor, "SELECT count(*) FROM pg_stat_activity")
    for refused in ("SELECT * FROM users", "DELETE FROM posts", "CREATE TABLE mischief (id int)"):
        assert run(*as_monitor, refused, check=False) == ""


def test_a_dead_exporter_costs_no_request(stack: Stack, prometheus: Prometheus) -> None:
    pause(stack, "stop", "edge-exporter")
    try:
        assert {stack.ask("/articles").status for _ in range(50)} == {200}
    finally:
        pause(stack, "start", "edge-exporter")
    wait_until(lambda: prometheus.targets().get("edge") == {"up"}, 30)
    count = "sum(ironpress_edge_requests_total)"

    def counts_again() -> bool:
        stack.ask("/articles")
        return bool(found := prometheus.query(count)) and float(found[0]["value"][1]) > 0

    wait_until(counts_again, 30)


def answers(stack: Stack, number: int) -> Iterator[int]:
    """Ask that often by one connection; yield the statuses."""
    connection = http.client.HTTPSConnection(HOST, stack.https_port, timeout=20)
    raw = socket.create_connection(("127.0.0.1", stack.https_port), timeout=20)
    connection.sock = stack.tls().wrap_socket(raw, server_hostname=HOST)
    for _ in range(number):
        connection.request("GET", "/articles", headers={"Host": HOST})
        with connection.getresponse() as answer:
            answer.read()
            yield answer.status
    connection.close()


def test_an_exporter_that_hangs_costs_no_request(stack: Stack, prometheus: Prometheus) -> None:
    pause(stack, "pause", "edge-exporter")
    try:
        # More than the socket and the pipe behind it hold, by one connection, which is quick.
        assert set(answers(stack, 700)) == {200}
    finally:
        pause(stack, "unpause", "edge-exporter")
