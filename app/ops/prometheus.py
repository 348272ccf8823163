"""Prometheus metrics, on a port of their own, summed over the workers.

With several workers each writes files in `PROMETHEUS_MULTIPROC_DIR`, named by the worker's slot
(a small number that the next worker takes over), so that the folder does not grow with every
worker that ever lived. `gunicorn.conf.py` makes the folder and hands out the slots.
"""

import os

from flask import Flask, Response, request
from prometheus_client import CollectorRegistry, values
from prometheus_flask_exporter import PrometheusMetrics
from prometheus_flask_exporter.multiprocess import GunicornPrometheusMetrics

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
SLOT = "IRONPRESS_WORKER_SLOT"
# Seconds; fine where the service levels are, coarse beyond them.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


def worker_slot() -> str:
    """Return the name of this process in the file names of the metrics."""
    return os.environ.get(SLOT, "arbiter")


def init_app(app: Flask) -> None:
    """Measure every request by endpoint, method and status."""
    options = {
        "group_by": endpoint,
        "defaults_prefix": "ironpress",
        "buckets": BUCKETS,
        "excluded_paths": "^/healthz/",
    }
    if os.environ.get(DIRECTORY):
        values.ValueClass = values.MultiProcessValue(  # type: ignore[no-untyped-call]
            process_identifier=worker_slot
        )
        GunicornPrometheusMetrics(app, **options)
    else:
        # A registry for each application: tests make many in one process.
        PrometheusMetrics(app, path=None, registry=CollectorRegistry(), **options)


def endpoint(_: Response) -> str:
    """Return the label of a request: the route's name, which is bounded, never the path."""
    return request.endpoint or "none"


def serve(port: int) -> None:
    """Serve the sum over all workers at /metrics on a port of its own."""
    GunicornPrometheusMetrics.start_http_server_when_ready(port)


def mark_dead(slot: int) -> None:
    """Remove the live gauges of a worker that has ended."""
    GunicornPrometheusMetrics.mark_process_dead_on_child_exit(slot)
