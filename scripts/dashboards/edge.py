"""The edge and its cache."""

from scripts.dashboards.panels import Dashboard, Panel, Query, latencies, rate

CLASS = 'class=~"$class"'
REQUESTS = "ironpress_edge_requests_total"
KEPT = 'cache=~"HIT|STALE|UPDATING|REVALIDATED"'

DASHBOARD = Dashboard(
    "edge",
    "Edge and cache",
    (
        Panel("Requests by class", "reqps", (Query(rate(REQUESTS, "class", CLASS), "{{class}}"),)),
        Panel(
            "Requests by status", "reqps", (Query(rate(REQUESTS, "status", CLASS), "{{status}}"),)
        ),
        Panel(
            "Failed requests",
            "reqps",
            (Query(rate("ironpress_edge_failed_requests_total", "class", CLASS), "{{class}}"),),
            alert="AnonymousAvailability",
        ),
        Panel(
            "Requests by cache state",
            "reqps",
            (Query(rate(REQUESTS, "cache", CLASS), "{{cache}}"),),
        ),
        Panel(
            "Pages answered from a copy",
            "percentunit",
            (
                Query(
                    rate(REQUESTS, where=f'class="anonymous", {KEPT}')
                    + " / "
                    + rate(REQUESTS, where='class="anonymous", cache!="-"'),
                    "anonymous",
                ),
            ),
            bad=0.2,
            below=True,
            alert="PagesNotCached",
        ),
        Panel(
            "Time to the last byte, 99th percentile",
            "s",
            tuple(
                latencies("ironpress_edge_request_duration_seconds", "class", CLASS, "{{class}}")[
                    1:
                ]
            ),
            alert="AnonymousLatency",
        ),
        Panel(
            "Time to the last byte, median",
            "s",
            tuple(
                latencies("ironpress_edge_request_duration_seconds", "class", CLASS, "{{class}}")[
                    :1
                ]
            ),
        ),
        Panel(
            "Time of the web tier, 99th percentile",
            "s",
            tuple(
                latencies("ironpress_edge_upstream_duration_seconds", "class", CLASS, "{{class}}")[
                    1:
                ]
            ),
        ),
        Panel(
            "Sent",
            "Bps",
            (Query(rate("ironpress_edge_sent_bytes_total", "class", CLASS), "{{class}}"),),
        ),
        Panel(
            "TLS and HTTP versions",
            "reqps",
            (
                Query(
                    rate("ironpress_edge_requests_tls_total", "version, protocol"),
                    "{{version}} {{protocol}}",
                ),
            ),
        ),
        Panel(
            "Connections",
            "short",
            (
                Query("nginx_connections_active", "active"),
                Query("nginx_connections_waiting", "idle"),
                Query("nginx_connections_writing", "answering"),
                Query("nginx_connections_reading", "reading"),
            ),
            bad=6400,
            alert="EdgeConnectionsHigh",
        ),
        Panel(
            "New connections",
            "short",
            (
                Query("rate(nginx_connections_accepted[$__rate_interval])", "accepted a second"),
                Query(
                    "rate(nginx_connections_accepted[$__rate_interval])"
                    " - rate(nginx_connections_handled[$__rate_interval])",
                    "dropped a second",
                ),
            ),
        ),
        Panel(
            "Certificate ends in",
            "s",
            (Query("probe_ssl_earliest_cert_expiry - time()", "{{instance}}"),),
            bad=14 * 86400,
            below=True,
            big=True,
            alert="CertificateExpires",
        ),
        Panel(
            "A probe through the edge takes",
            "s",
            (Query("probe_duration_seconds", "{{instance}}"),),
            alert="SiteDown",
        ),
    ),
    {"class": (REQUESTS, "class")},
)
