"""Work beside the requests: views and sessions seen are written in batches, mail is sent."""

import atexit
import logging
import signal
import threading

from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from app import metric_files, metrics
from app.extensions import db
from app.ops import database_watch, log_level, logs, measuring
from app.services import outbox, sessions, site, site_settings, views

INTERVAL_SECONDS = 2.0
logger = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    """Let the development server start it with the first request; Gunicorn's hooks do it else."""
    if app.debug:
        app.before_request(lambda: start(current_app._get_current_object()))  # type: ignore[attr-defined]
        atexit.register(stop, app)


def start(app: Flask) -> None:
    """Start the thread, once in a process."""
    if "background" in app.extensions:
        return
    with app.app_context():
        take_site_settings()  # Before the first page.
    ended = threading.Event()
    thread = threading.Thread(target=run, args=(app, ended), name="background", daemon=True)
    app.extensions["background"] = (ended, thread)
    thread.start()


def take_site_settings() -> bool:
    """Take over the site's settings and say whether any differed; without a database, later."""
    try:
        return site_settings.refresh()
    except SQLAlchemyError as error:
        db.session.rollback()
        logger.warning("The site's settings cannot be read: %s", type(error).__name__)
        return False


def stop(app: Flask) -> None:
    """End the thread and write what is still buffered; the process ends right after."""
    if "background" not in app.extensions:
        return
    while True:
        try:
            ignore_signals()
            break
        except SystemExit:  # Gunicorn's handler of a signal that came meanwhile: we are ending.
            continue
    ended, thread = app.extensions.pop("background")
    ended.set()
    thread.join(timeout=5)
    tick(app)


def ignore_signals() -> None:
    """Let no second Ctrl-C cut the last write off."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)


def run(app: Flask, ended: threading.Event) -> None:
    """Do the work every few seconds until told to stop."""
    while not ended.wait(INTERVAL_SECONDS):
        tick(app)


def tick(app: Flask) -> None:
    """Do what is due; a failure is logged and tried again at the next turn."""
    metric_files.repair()
    log_level.follow(app)
    logs.report_floods()
    if database_watch.is_away(app):
        return
    with app.app_context():
        try:
            if take_site_settings():
                site.touch()  # A page may have been kept with the former ones.
            views.flush()
            sessions.flush_seen()
            if app.config["RUN_WORKER"]:
                metrics.worker_round.set_to_current_time()
                outbox.deliver_due(limit=20)
                measuring.measure_when_due(app)
        except Exception:
            logger.exception("Background work failed; it is tried again in %s s.", INTERVAL_SECONDS)
