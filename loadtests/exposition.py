"""Metrics of the run, for Prometheus to show beside the server's."""

from typing import Any

from gevent.pywsgi import WSGIServer

from loadtests.guard import Guard
from loadtests.histogram import percentile
from loadtests.timeline import Timeline

PREFIX = "ironpress_loadtest"


def serve(port: int, timeline: Timeline, guard: Guard, environment: Any) -> None:
    """Answer /metrics on a port of its own."""

    def answer(_: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain; version=0.0.4; charset=utf-8")])
        return [exposition(timeline, guard, environment.runner.user_count).encode()]

    WSGIServer(("0.0.0.0", port), answer, log=None).start()  # noqa: S104


def exposition(timeline: Timeline, guard: Guard, users: int) -> str:
    """Return the metrics in Prometheus' text format."""
    requests, failures, latencies = [], [], []
    for name in timeline.names():
        cell, label = timeline.total(name=name), f'name="{name}"'
        requests.append(f"{PREFIX}_requests_total{{{label}}} {cell.count}")
        failures.append(f"{PREFIX}_failures_total{{{label}}} {cell.failures}")
        for share in (0.5, 0.95, 0.99):
            seconds = percentile(cell.latencies, share) / 1000
            latencies.append(
                f'{PREFIX}_latency_seconds{{{label},quantile="{share}"}} {seconds:.6f}'
            )
    lines = [
        f"# HELP {PREFIX}_requests_total Requests sent by the load test.",
        f"# TYPE {PREFIX}_requests_total counter",
        *requests,
        f"# HELP {PREFIX}_failures_total Wrong or missing answers.",
        f"# TYPE {PREFIX}_failures_total counter",
        *failures,
        f"# HELP {PREFIX}_latency_seconds Latency since the request was due.",
        f"# TYPE {PREFIX}_latency_seconds gauge",
        *latencies,
        f"# HELP {PREFIX}_users Users at the moment.",
        f"# TYPE {PREFIX}_users gauge",
        f"{PREFIX}_users {users}",
        f"# HELP {PREFIX}_generator_delay_seconds_max Worst delay of the generator itself.",
        f"# TYPE {PREFIX}_generator_delay_seconds_max gauge",
        f"{PREFIX}_generator_delay_seconds_max {guard.worst_delay_ms / 1000:.6f}",
    ]
    return "\n".join(lines) + "\n"
