"""Every metric of the application: declared once, with its labels, its buckets and its help.

Whoever measures increments what stands here; `app/ops/metrics.py` serves it, and the table in
`docs/observability.md` is made from it (`make metrics`). Labels take few values, known beforehand:
endpoints, kinds, names of our own, never anything that a visitor writes.
"""

from collections.abc import Iterable

from prometheus_client import Counter, Gauge, Histogram, values

from app.metric_files import SharedValue, directory

# The class of numbers must be chosen before the first metric is made.
if directory():
    values.ValueClass = SharedValue

PREFIX = "ironpress_"
# Seconds; fine where the service levels are, coarse beyond them.
REQUEST_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
WAIT_BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
DELAY_BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 21600.0)

Metric = Counter | Gauge | Histogram
# Title of a section of the documentation → its metrics.
DECLARED: dict[str, list[Metric]] = {}


def section(title: str) -> None:
    """Begin a section; what is declared next belongs to it."""
    DECLARED[title] = []


def keep(metric: Metric, combinations: Iterable[Iterable[str]]) -> None:
    """File a metric, and make the series that are known beforehand, so that they start at 0."""
    list(DECLARED.values())[-1].append(metric)
    for combination in combinations:
        metric.labels(*combination)


def counter(name: str, text: str, *labels: str, known: Iterable[Iterable[str]] = ()) -> Counter:
    """Declare what only grows."""
    metric = Counter(f"{PREFIX}{name}", text, labels)
    keep(metric, known)
    return metric


def gauge(
    name: str,
    text: str,
    *labels: str,
    over_workers: str = "sum",
    known: Iterable[Iterable[str]] = (),
) -> Gauge:
    """Declare a state; `over_workers` is "sum", "max" or "mostrecent" of the live ones."""
    mode = f"live{over_workers}"
    metric = Gauge(f"{PREFIX}{name}", text, labels, multiprocess_mode=mode)  # type: ignore[arg-type]
    keep(metric, known)
    return metric


def histogram(name: str, text: str, *labels: str, buckets: tuple[float, ...]) -> Histogram:
    """Declare a distribution of seconds."""
    metric = Histogram(f"{PREFIX}{name}", text, labels, buckets=buckets)
    keep(metric, ())
    return metric


def declared() -> list[Metric]:
    """Return all metrics in their order."""
    return [metric for metrics in DECLARED.values() for metric in metrics]


def each(*names: str) -> list[tuple[str]]:
    """Return the combinations of a single label."""
    return [(name,) for name in names]


section("Requests")
request_seconds = histogram(
    "http_request_duration_seconds",
    "Time to answer a request; its count is the rate of requests.",
    "endpoint",
    "method",
    "status_class",
    buckets=REQUEST_BUCKETS,
)
responses = counter("http_responses_total", "Answers by exact status.", "code")
exceptions = counter("unhandled_exceptions_total", "Answers 500 that nobody expected.", "endpoint")
rate_limited = counter("rate_limited_total", "Requests refused by a row of app/limits.py.", "limit")

section("Saturation")
threads = gauge("threads", "Threads of all live workers.")
threads_busy = gauge(
    "threads_busy", "Threads that hold a request, or wait for a new connection's first byte."
)
threads_busy_seconds = counter("threads_busy_seconds_total", "Time that threads were busy.")
requests_waiting = gauge("requests_waiting", "Requests accepted that no thread is free for yet.")
request_wait_seconds = histogram(
    "request_wait_seconds", "Time until a thread was free.", buckets=WAIT_BUCKETS
)
requests_shed = counter(
    "requests_shed_total", "Requests that found too many waiting: sent away at once, with 503."
)
requests_abandoned = counter(
    "requests_abandoned_total", "Requests not worked on: who asked had left by then."
)
connections = gauge("connections", "Open connections, kept-alive ones too.")
workers_started = counter("workers_started_total", "Workers forked: at starts, recycles, crashes.")

section("Database")
database_connections = gauge(
    "database_connections",
    "Connections of the pools.",
    "state",
    known=each("in_use", "idle"),
)
pool_limit = gauge("database_pool_limit", "Most connections that the pools may open.")
pool_wait_seconds = histogram(
    "database_pool_wait_seconds",
    "Time that those waited who found no free connection.",
    buckets=WAIT_BUCKETS,
)
pool_timeouts = counter("database_pool_timeouts_total", "Waits for a connection given up (503).")
database_budget = gauge(
    "database_budget_connections",
    "Most connections that a part may open; `surge` is what a deploy adds.",
    "part",
)
database_budget_limit = gauge(
    "database_budget_limit", "What PostgreSQL grants to all parts.", over_workers="max"
)
database_connects = counter("database_connects_total", "Connections opened.")
database_errors = counter(
    "database_errors_total",
    "Failures that are not a statement's own fault.",
    "kind",
    known=each("disconnect", "operational", "statement_timeout"),
)
database_breaker_open = gauge(
    "database_breaker_open", "1 while PostgreSQL is left alone, being away.", over_workers="max"
)
database_breaker_openings = counter(
    "database_breaker_openings_total", "Times that a process began to leave PostgreSQL alone."
)
database_breaker_refusals = counter(
    "database_breaker_refusals_total", "Connections refused at once meanwhile."
)

section("Cache")
cache_requests = counter(
    "cache_requests_total",
    "Look-ups: served fresh, stale, after waiting for another's render, or not at all.",
    "cache",
    "result",
    known=[("page", result) for result in ("hit", "miss", "stale", "wait")]
    + [("site_version", result) for result in ("hit", "miss")],
)
cache_failures = counter("cache_failures_total", "Calls to Redis that failed.")
cache_breaker_open = gauge(
    "cache_breaker_open", "1 while Redis is left alone after a failure.", over_workers="max"
)
cache_breaker_openings = counter(
    "cache_breaker_openings_total", "Times that a process began to leave Redis alone."
)
cache_breaker_skips = counter("cache_breaker_skips_total", "Calls to Redis not made meanwhile.")
page_render_seconds = histogram(
    "page_render_seconds",
    "View and template of a page that is kept.",
    "endpoint",
    buckets=REQUEST_BUCKETS,
)
markdown_render_seconds = histogram(
    "markdown_render_seconds", "Markdown to HTML, when it is written.", buckets=REQUEST_BUCKETS
)

section("Outbox and mail")
outbox_messages = gauge(
    "outbox_messages",
    "Messages: due now, put off, or given up; counted every 10 s.",
    "kind",
    "state",
    over_workers="mostrecent",
)
outbox_oldest_age = gauge(
    "outbox_oldest_age_seconds",
    "Time since the oldest undone message was due.",
    "kind",
    over_workers="mostrecent",
)
outbox_processed = counter("outbox_processed_total", "Tries by their end.", "kind", "result")
outbox_delay_seconds = histogram(
    "outbox_delay_seconds", "Time from due to done.", "kind", buckets=DELAY_BUCKETS
)
outbox_measured = gauge(
    "outbox_measured_timestamp_seconds",
    "When the outbox was counted last.",
    over_workers="mostrecent",
)
worker_round = gauge(
    "worker_round_timestamp_seconds",
    "When the worker looked for work last.",
    over_workers="mostrecent",
)

section("People")
logins = counter(
    "logins_total", "Passwords tried, by form and API.", "result", known=each("ok", "refused")
)
registrations = counter(
    "registrations_total", "Accounts asked for.", "result", known=each("ok", "refused")
)
comments = counter(
    "comments_total", "Comments written.", "state", known=each("approved", "waiting")
)
comments_waiting = gauge(
    "comments_waiting",
    "Comments that wait for approval; counted every 10 s.",
    over_workers="mostrecent",
)

section("What runs")
build_info = gauge("build_info", "Always 1.", "version", "revision", "python", over_workers="max")
schema_info = gauge(
    "schema_info",
    "1 for the migrations of the database and of this release.",
    "current",
    "expected",
    over_workers="mostrecent",
)
schema_is_current = gauge(
    "schema_is_current", "1 while the two are the same.", over_workers="mostrecent"
)
log_lines = counter(
    "log_lines_total",
    "Lines logged.",
    "level",
    known=each("debug", "info", "warning", "error", "critical"),
)
log_suppressed = counter("log_suppressed_total", "Repeated errors counted instead of written.")
