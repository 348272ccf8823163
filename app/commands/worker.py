"""`flask worker`: carries out what the web processes have queued, and refreshes the edges."""

import logging
import signal
import threading

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from app import metrics
from app.extensions import db
from app.ops import database_watch, log_level, logs, measuring, pool, prometheus, refresher, tracing
from app.services import outbox, site_settings

INTERVAL_SECONDS = 1.0
REFRESHES_AT_ONCE = 20
PAUSE_AFTER_FAILURE_SECONDS = 5.0

logger = logging.getLogger(__name__)


@click.command("worker")
@click.option("--once", is_flag=True, help="Carry out what is due now, then end.")
@click.option("--revive", is_flag=True, help="First make mail that was given up due again.")
@with_appcontext
def worker_command(once: bool, revive: bool) -> None:
    """Send queued mail and refresh the edges until SIGTERM or Ctrl-C."""
    if revive:
        click.echo(f"{outbox.revive_dead()} given-up messages are due again.")
    if once:
        while done := outbox.deliver_due():
            click.echo(f"{done} messages done.")
        return
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    if port := app.config["METRICS_PORT"]:
        prometheus.serve(port)
        most = app.config["DATABASE_POOL_SIZE"] + app.config["DATABASE_MAX_OVERFLOW"]
        pool.show_budget("worker", 1, most + 1)  # One listens for changes.
        pool.show_budget_of_others()
    database_watch.start(app)
    refresher.start(app, stop)
    edges = threading.Thread(target=run_for_edges, args=(app, stop), name="edges", daemon=True)
    edges.start()
    run(app, stop)
    tracing.stop()


def run(app: Flask, stop: threading.Event) -> None:
    """Look for work every second; while the database is away, every few seconds."""
    pause = 0.0
    while not stop.wait(pause):
        try:
            metrics.worker_round.set_to_current_time()
            site_settings.refresh()
            pause = 0.0 if outbox.deliver_due(edges=False) else INTERVAL_SECONDS
            measuring.measure_when_due(app)
            log_level.follow(app)
            logs.report_floods()
        except Exception:
            logger.exception("The outbox cannot be read; trying again.")
            pause = PAUSE_AFTER_FAILURE_SECONDS
        finally:
            db.session.remove()


def run_for_edges(app: Flask, stop: threading.Event) -> None:
    """Do the same for what waits for edges: while one hangs, mails go on.

    What becomes due within a second is carried out together, as it names the same pages.
    """
    pause = 0.0
    while not stop.wait(pause):
        with app.app_context():
            try:
                done = outbox.deliver_due(limit=REFRESHES_AT_ONCE, edges=True)
                pause = 0.0 if done == REFRESHES_AT_ONCE else INTERVAL_SECONDS
            except Exception:
                logger.exception("The outbox cannot be read for the edges; trying again.")
                pause = PAUSE_AFTER_FAILURE_SECONDS
