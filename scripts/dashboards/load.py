"""A load test beside what it does to the site."""

from scripts.dashboards.edge import REQUESTS
from scripts.dashboards.panels import Dashboard, Panel, Query, latencies, rate


def asked(title: str, unit: str, *queries: tuple[str, str], bad: float | None = None) -> Panel:
    """Return a panel of what the load test itself says; there is none on most days."""
    return Panel(title, unit, tuple(Query(*query) for query in queries), bad=bad, rare=True)


DASHBOARD = Dashboard(
    "load",
    "Load test",
    (
        asked("Users", "short", ("ironpress_loadtest_users", "users")),
        asked(
            "Asked",
            "reqps",
            (rate("ironpress_loadtest_requests_total", "name"), "{{name}}"),
        ),
        asked(
            "Wrong or missing answers",
            "reqps",
            (rate("ironpress_loadtest_failures_total", "name"), "{{name}}"),
        ),
        asked(
            "Latency since due, 99th percentile",
            "s",
            ('ironpress_loadtest_latency_seconds{quantile="0.99"}', "{{name}}"),
        ),
        asked(
            "The generator's own delay",
            "s",
            ("ironpress_loadtest_generator_delay_seconds_max", "worst"),
            bad=0.1,
        ),
        Panel("Answered by the edge", "reqps", (Query(rate(REQUESTS, "class"), "{{class}}"),)),
        Panel(
            "Time to the last byte at the edge",
            "s",
            latencies("ironpress_edge_request_duration_seconds"),
        ),
        Panel(
            "Refused or failed",
            "reqps",
            (Query(rate(REQUESTS, where='status=~"429|5.."') + " or vector(0)", "429 and 5xx"),),
        ),
        Panel(
            "Threads in use",
            "percentunit",
            (
                Query(
                    f"{rate('ironpress_threads_busy_seconds_total')} / sum(ironpress_threads)",
                    "web",
                ),
            ),
            bad=0.85,
            alert="ThreadsBusy",
        ),
        Panel(
            "Database connections in use",
            "short",
            (
                Query('sum(ironpress_database_connections{state="in_use"})', "in use"),
                Query("sum(ironpress_database_pool_limit)", "limit"),
            ),
        ),
        Panel(
            "Processors",
            "percentunit",
            (
                Query(
                    '1 - avg(rate(node_cpu_seconds_total{mode="idle"}[$__rate_interval]))',
                    "machine",
                ),
            ),
        ),
    ),
)
