"""The application: requests, threads, pools and caches."""

from scripts.dashboards.panels import Dashboard, Panel, Query, latencies, rate

HERE = 'job="web", instance=~"$instance"'
DURATION = "ironpress_http_request_duration_seconds"


def count(
    metric: str, by: str, title: str, unit: str = "ops", alert: str = "", rare: bool = False
) -> Panel:
    """Return the plot of a counter by one label."""
    name = f"{{{{{by}}}}}" if by else title.lower()
    return Panel(title, unit, (Query(rate(metric, by, HERE), name),), alert=alert, rare=rare)


def state(metrics: dict[str, str], title: str, unit: str = "short", alert: str = "") -> Panel:
    """Return the plot of gauges, added up over the containers."""
    queries = tuple(Query(f"sum({metric}{{{HERE}}})", name) for name, metric in metrics.items())
    return Panel(title, unit, queries, alert=alert)


DASHBOARD = Dashboard(
    "app",
    "App, threads and pools",
    (
        count(f"{DURATION}_count", "endpoint", "Requests by endpoint", "reqps"),
        count(f"{DURATION}_count", "status_class", "Requests by status", "reqps"),
        count("ironpress_http_responses_total", "code", "Answers by code", "reqps"),
        Panel("Time of a request", "s", latencies(DURATION, where=HERE)),
        count(
            "ironpress_unhandled_exceptions_total",
            "endpoint",
            "Unexpected errors",
            alert="UnhandledErrors",
            rare=True,
        ),
        count("ironpress_rate_limited_total", "limit", "Refused by a limit", rare=True),
        Panel(
            "Threads in use",
            "percentunit",
            (
                Query(
                    f"{rate('ironpress_threads_busy_seconds_total', 'instance', HERE)}"
                    f" / sum by (instance) (ironpress_threads{{{HERE}}})",
                    "{{instance}}",
                ),
            ),
            bad=0.85,
            alert="ThreadsBusy",
        ),
        state(
            {
                "threads": "ironpress_threads",
                "busy": "ironpress_threads_busy",
                "requests waiting": "ironpress_requests_waiting",
                "connections": "ironpress_connections",
            },
            "Threads and connections",
            alert="ThreadsBusy",
        ),
        Panel("Waited for a thread", "s", latencies("ironpress_request_wait_seconds", where=HERE)),
        state(
            {
                "in the backlog": "ironpress_listen_backlog",
                "room in it": "ironpress_listen_backlog_limit",
            },
            "Backlog",
            alert="BacklogOverflows",
        ),
        count(
            "ironpress_listen_overflows_total", "", "Connections refused", alert="BacklogOverflows"
        ),
        Panel(
            "Not worked on",
            "ops",
            (
                Query(rate("ironpress_requests_shed_total", "job"), "{{job}} sent away"),
                Query(rate("ironpress_requests_abandoned_total", "job"), "{{job}} abandoned"),
            ),
            alert="ThreadsBusy",
        ),
        state(
            {"workers": "ironpress_workers", "wanted": "ironpress_workers_wanted"},
            "Workers",
            alert="WorkersMissing",
        ),
        count("ironpress_workers_started_total", "", "Workers started"),
        Panel(
            "Memory of the workers",
            "bytes",
            (
                Query(
                    f"sum by (instance, slot) (ironpress_worker_resident_memory_bytes{{{HERE}}})",
                    "{{instance}} {{slot}}",
                ),
            ),
        ),
        Panel(
            "Database connections",
            "short",
            (
                Query("sum by (job, state) (ironpress_database_connections)", "{{job}} {{state}}"),
                Query("sum by (job) (ironpress_database_pool_limit)", "{{job}} limit"),
            ),
            alert="PoolNearlyExhausted",
        ),
        Panel(
            "Waited for a connection",
            "ops",
            (
                Query(rate("ironpress_database_pool_wait_seconds_count", "job"), "{{job}} waits"),
                Query(rate("ironpress_database_pool_timeouts_total", "job"), "{{job}} in vain"),
                Query(rate("ironpress_database_connects_total", "job"), "{{job}} opened"),
            ),
            alert="PoolExhausted",
        ),
        Panel(
            "Connection budget",
            "short",
            (
                Query("sum by (part) (ironpress_database_budget_connections)", "{{part}}"),
                Query("sum(ironpress_database_budget_connections)", "all"),
                Query("max(ironpress_database_budget_limit)", "PostgreSQL grants"),
            ),
            alert="ConnectionBudgetExceeded",
        ),
        Panel(
            "Failed statements",
            "ops",
            (Query(rate("ironpress_database_errors_total", "job, kind"), "{{job}} {{kind}}"),),
            alert="PostgresDown",
        ),
        Panel(
            "PostgreSQL left alone",
            "ops",
            (
                Query("max by (job) (ironpress_database_breaker_open)", "{{job}} open"),
                Query(rate("ironpress_database_breaker_openings_total", "job"), "{{job}} openings"),
                Query(rate("ironpress_database_breaker_refusals_total", "job"), "{{job}} refused"),
            ),
            alert="DatabaseBreakerOpen",
        ),
        Panel(
            "Cache",
            "ops",
            (
                Query(
                    rate("ironpress_cache_requests_total", "cache, result", HERE),
                    "{{cache}} {{result}}",
                ),
            ),
        ),
        Panel(
            "Redis left alone",
            "short",
            (
                Query("max by (job) (ironpress_cache_breaker_open)", "{{job}} open"),
                Query(rate("ironpress_cache_failures_total", "job"), "{{job}} failures"),
                Query(rate("ironpress_cache_breaker_openings_total", "job"), "{{job}} openings"),
                Query(rate("ironpress_cache_breaker_skips_total", "job"), "{{job}} not asked"),
            ),
            alert="CacheBreakerOpen",
        ),
        Panel(
            "Rendering a page",
            "s",
            latencies("ironpress_page_render_seconds", where=HERE),
            rare=True,
        ),
        Panel(
            "Rendering Markdown",
            "s",
            (Query("sum(increase(ironpress_markdown_render_seconds_sum[5m]))", "in 5 min"),),
        ),
        Panel(
            "People",
            "ops",
            (
                Query(rate("ironpress_logins_total", "result"), "logins {{result}}"),
                Query(rate("ironpress_registrations_total", "result"), "registrations {{result}}"),
                Query(rate("ironpress_comments_total", "state"), "comments {{state}}"),
            ),
        ),
        Panel(
            "Log lines",
            "ops",
            (
                Query(rate("ironpress_log_lines_total", "level"), "{{level}}"),
                Query(rate("ironpress_log_suppressed_total"), "counted instead of written"),
            ),
            alert="UnhandledErrors",
        ),
        Panel(
            "Releases",
            "short",
            (
                Query(
                    "sum by (version, revision, python) (ironpress_build_info)",
                    "{{version}} {{revision}} on Python {{python}}",
                ),
            ),
            big=True,
        ),
        Panel(
            "Files of the metrics",
            "short",
            (
                Query(f"sum(ironpress_metrics_files{{{HERE}}})", "files"),
                Query(f"sum(ironpress_metrics_bytes{{{HERE}}}) / 1024", "KiB"),
                Query(f"min(ironpress_metrics_directory_usable{{{HERE}}})", "usable"),
            ),
            alert="MetricsUnusable",
        ),
    ),
    {"instance": ('ironpress_threads{job="web"}', "instance")},
)
