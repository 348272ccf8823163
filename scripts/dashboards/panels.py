"""What a dashboard is made of, and shorthand for the queries that return again and again."""

from dataclasses import dataclass, field

# Grafana fills it in by the width of the plot; elsewhere it is what fits a scrape of 15 s.
RATE = "$__rate_interval"


@dataclass(frozen=True)
class Query:
    """A query and the name of its series; `{{label}}` in the name stands for a label."""

    expression: str
    name: str = ""


@dataclass(frozen=True)
class Panel:
    """A plot, or a number when `big`; `bad` is where the threshold lies, `below` if under it."""

    title: str
    unit: str
    queries: tuple[Query, ...]
    bad: float | None = None
    below: bool = False
    big: bool = False
    alert: str = ""  # The runbook to link to.
    # Whether there is something to show only after an event that an ordinary day need not have.
    rare: bool = False


@dataclass(frozen=True)
class Dashboard:
    """A page of panels; a variable's values are those of a label of a metric."""

    name: str
    title: str
    panels: tuple[Panel, ...]
    variables: dict[str, tuple[str, str]] = field(default_factory=dict)


def rate(metric: str, by: str = "", where: str = "") -> str:
    """Return the query for events a second."""
    selector = f"{{{where}}}" if where else ""
    grouped = f" by ({by})" if by else ""
    return f"sum{grouped} (rate({metric}{selector}[{RATE}]))"


def quantile(share: float, metric: str, by: str = "", where: str = "") -> str:
    """Return the query for a quantile of a histogram."""
    labels = ", ".join(filter(None, ("le", by)))
    return f"histogram_quantile({share:g}, {rate(metric + '_bucket', labels, where)})"


def latencies(metric: str, by: str = "", where: str = "", name: str = "") -> tuple[Query, ...]:
    """Return the median and the 99th percentile of a histogram."""
    return tuple(
        Query(quantile(share, metric, by, where), f"{name} p{share * 100:g}".strip())
        for share in (0.5, 0.99)
    )


def plain(expression: str) -> str:
    """Return a query as Prometheus takes it: variables match anything."""
    return expression.replace(RATE, "1m").replace("$class", ".+").replace("$instance", ".+")
