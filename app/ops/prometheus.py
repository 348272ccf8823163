"""Measures requests, and serves all metrics on a port of their own.

The web's workers count in files (`app/metric_files.py`), whose sum the arbiter serves with what it
sees itself (`app/ops/arbiter.py`); `flask worker` is one process and serves its own numbers.
"""

import logging
import platform
import sys
from collections.abc import Callable
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from flask import Flask
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_flask_exporter import PrometheusMetrics

from app import metrics
from app.metric_files import directory
from app.metric_text import Reader
from app.ops import frame
from app.ops.frame import Exchange
from app.version import REVISION, VERSION

METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
CLIENT_SECONDS = 5

logger = logging.getLogger(__name__)


class RequestMetrics(PrometheusMetrics):  # type: ignore[misc]  # The exporter has no types.
    """The exporter; in place of its defaults, metrics whose labels a visitor cannot multiply.

    Its own take any method that a client makes up, and a series for every single status.
    """

    def export_defaults(self, *_: Any, app: Flask, **__: Any) -> None:
        """Measure every request by endpoint, method and class of status."""
        frame.of(app).endings.append(observe)


def init_app(app: Flask) -> None:
    """Measure requests, and say what runs."""
    RequestMetrics(app, path=None, registry=CollectorRegistry())
    metrics.build_info.labels(VERSION, REVISION, platform.python_version()).set(1)


def observe(exchange: Exchange) -> None:
    """Note a request that has been answered; probes are no work."""
    endpoint = exchange.endpoint or "none"
    if not endpoint.startswith("health."):
        method = exchange.environ["REQUEST_METHOD"]
        method = method if method in METHODS else "OTHER"
        status = exchange.status
        duration(endpoint, method, f"{status // 100}xx").observe(exchange.seconds)
        answers(status).inc()


# Finding a series by its labels takes longer than counting; there are few of them.
duration = cache(metrics.request_seconds.labels)
answers = cache(metrics.responses.labels)


class Server(ThreadingHTTPServer):
    """Answers every address with the metrics."""

    daemon_threads = True
    text: Callable[[], bytes]

    def handle_error(self, *_: Any) -> None:
        """Log why a scrape failed, unless the scraper did not wait for it."""
        if not isinstance(sys.exception(), OSError):
            logger.exception("A scrape failed.")


class Handler(BaseHTTPRequestHandler):
    """One scrape."""

    server: Server
    timeout = CLIENT_SECONDS

    def do_GET(self) -> None:
        """Answer with the metrics."""
        body = self.server.text()
        self.send_response(200)
        self.send_header("Content-Type", CONTENT_TYPE_LATEST)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Log no scrapes."""


def serve(port: int, own: CollectorRegistry = REGISTRY) -> Server:
    """Serve the metrics from a thread; `own` is what this process knows besides the files."""
    server = Server(("", port), Handler)
    folder = directory()
    reader = Reader(folder) if folder else None
    server.text = lambda: (reader.text().encode() if reader else b"") + generate_latest(own)
    Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server
