"""`flask worker`: carries out what the web processes have queued."""

import logging
import signal
import threading

import click
from flask.cli import with_appcontext

from app.extensions import db
from app.services import outbox

INTERVAL_SECONDS = 1.0
PAUSE_AFTER_FAILURE_SECONDS = 5.0

logger = logging.getLogger(__name__)


@click.command("worker")
@click.option("--once", is_flag=True, help="Carry out what is due now, then end.")
@click.option("--revive", is_flag=True, help="First make mail that was given up due again.")
@with_appcontext
def worker_command(once: bool, revive: bool) -> None:
    """Send queued mail until SIGTERM or Ctrl-C."""
    if revive:
        click.echo(f"{outbox.revive_dead()} given-up messages are due again.")
    if once:
        while done := outbox.deliver_due():
            click.echo(f"{done} messages done.")
        return
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    run(stop)


def run(stop: threading.Event) -> None:
    """Look for work every second; while the database is away, every few seconds."""
    pause = 0.0
    while not stop.wait(pause):
        try:
            pause = 0.0 if outbox.deliver_due() else INTERVAL_SECONDS
        except Exception:
            logger.exception("The outbox cannot be read; trying again.")
            pause = PAUSE_AFTER_FAILURE_SECONDS
        finally:
            db.session.remove()
