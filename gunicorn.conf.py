"""Gunicorn's settings, for production and for the embedded default alike.

Every number comes from the application's settings (`app/config.py`); what is fixed here is fixed
for the reason beside it.
"""

import gc
import logging
import os
import shutil
import sys
import tempfile
from pathlib import Path

from prometheus_client import CollectorRegistry

# Where the metrics' files are must be known, and the folder empty, before `app` makes its metrics;
# but not when these settings are read again at a reload, while workers count.
if "app" not in sys.modules:
    gc.disable()  # What is imported stays; looking for garbage meanwhile is a sixth of the start.
    if given := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        folder = Path(given)
        for leftover in (*folder.glob("*.counts"), *folder.glob("*.gauges")):
            leftover.unlink()
    else:
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(
            prefix="ironpress-metrics-", dir=memory
        )

from app import embedded, metric_files, metrics
from app.config import ConfigError, load_settings
from app.ops import (
    arbiter,
    background,
    database,
    database_watch,
    machine,
    pool,
    prometheus,
    tracing,
    warm_up,
)
from app.ops.threads import hold_signals

environment = os.environ.get("APP_ENV", "production")
try:
    settings = load_settings(environment)
except ConfigError as error:
    sys.exit(error.message)

wsgi_app = "app:create_app()"
proc_name = "ironpress"
bind = (
    f"[{settings.host}]:{settings.port}"
    if ":" in settings.host
    else (f"{settings.host}:{settings.port}")
)
backlog = 512

worker_class = "app.ops.threads.MeasuredWorker"
workers = settings.web_concurrency or machine.available_cpus() + 1
threads = settings.web_threads
preload_app = True  # Workers share the memory of what is imported once.
max_requests = settings.max_requests
max_requests_jitter = settings.max_requests // 10  # Workers are not all replaced at once.

timeout = settings.request_timeout  # The heartbeat of the worker's loop, not a request's bound.
graceful_timeout = settings.graceful_timeout
keepalive = 75  # Longer than the edge keeps its connections, so that the edge closes them first.
worker_tmp_dir = machine.tmpfs()  # A heartbeat must never wait for a disk.

limit_request_line = 8190
limit_request_fields = 64
limit_request_field_size = 16380
forwarded_allow_ips = ""  # Only the application's proxy middleware reads X-Forwarded-*.
control_socket_disable = True  # It wants a writable home.
accesslog = None  # The application logs requests, with their ids.
logger_class = "app.ops.threads.QuietLogger"  # Else each of them is still worded, for nobody.
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "loggers": {
        name: {"level": "WARNING", "handlers": [], "propagate": True}
        for name in ("gunicorn.error", "gunicorn.access")
    },
    "root": {"level": settings.log_level, "handlers": []},
}


def on_starting(server):
    """Prepare the database of the embedded default; a bundle's is prepared by its own job."""
    if environment == "default":
        embedded.prepare(server.app.wsgi())


def when_ready(server):
    """Prepare what workers share, serve the metrics from the arbiter, say where the site is."""
    warm_up.warm_up(server.app.wsgi())
    gc.freeze()  # What is shared stays shared: the collector of a worker leaves it alone.
    gc.enable()
    if settings.metrics_port:
        most = settings.database_pool_size + settings.database_max_overflow
        if not os.environ.get("CONNECTIONS_SHARED"):  # PgBouncer's are told by the worker.
            pool.show_budget("web", workers, most)
        own = CollectorRegistry()
        own.register(arbiter.ArbiterCollector(server))
        prometheus.serve(settings.metrics_port, own)
    sentence = f"Ironpress is ready at {settings.site_url} (listening on {bind})."
    if settings.log_format == "text":
        print(sentence, flush=True)
    else:
        logging.getLogger("ironpress").info(sentence)


def pre_fork(server, worker):
    """Give the worker the lowest free slot, which names its metrics files; lose it no signal."""
    taken = {other.slot for other in server.WORKERS.values()}
    worker.slot = next(slot for slot in range(len(taken) + 1) if slot not in taken)
    metrics.workers_started.inc()
    hold_signals()


def post_fork(server, worker):
    """Name the worker's metrics files; use no database connection of the arbiter's."""
    metric_files.take_slot(worker.slot)
    database.forget_connections(server.app.wsgi())


def post_worker_init(worker):
    """Watch the database, and start the work beside the requests."""
    database_watch.start(worker.wsgi)
    background.start(worker.wsgi)


def worker_exit(server, worker):
    """Write what the worker still holds, then end at once; one that never started holds nothing.

    Taking the interpreter apart would copy all the memory that is shared with the arbiter, which
    costs more than starting the next worker.
    """
    if worker.booted and worker.pid == os.getpid():
        background.stop(worker.wsgi)
        tracing.stop()
        sys.stdout.flush()
        os._exit(0)


def child_exit(server, worker):
    """Forget the live gauges of a worker that has ended; its counters stay."""
    metric_files.forget_gauges(worker.slot)


def on_exit(server):
    """Remove the metrics folder where it is ours."""
    folder = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
    if folder.name.startswith("ironpress-metrics-"):
        shutil.rmtree(folder, ignore_errors=True)
