"""Work beside the requests: view counts are written in batches, queued mail is carried out."""

import atexit
import logging
import signal
import threading

from flask import Flask, current_app

from app.services import outbox, views

INTERVAL_SECONDS = 2.0
logger = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    """Start with the first request of the development server; Gunicorn's hook starts it itself."""
    app.extensions["background"] = threading.Event()
    if app.debug:
        app.before_request(lambda: start(current_app._get_current_object()))  # type: ignore[attr-defined]


def start(app: Flask) -> None:
    """Start the thread, once in a process; what is buffered is written when the process ends."""
    started: threading.Event = app.extensions["background"]
    if started.is_set():
        return
    started.set()
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(app, stop), name="background", daemon=True)
    thread.start()

    def finish() -> None:
        # The process ends anyway; a second Ctrl-C must not cut the last write off.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT):
            signal.signal(number, signal.SIG_IGN)
        stop.set()
        thread.join(timeout=5)
        tick(app)

    atexit.register(finish)


def run(app: Flask, stop: threading.Event) -> None:
    """Do the work every few seconds until told to stop."""
    while not stop.wait(INTERVAL_SECONDS):
        tick(app)


def tick(app: Flask) -> None:
    """Do what is due; a failure is logged and tried again at the next turn."""
    with app.app_context():
        try:
            views.flush()
            if app.config["RUN_WORKER"]:
                outbox.deliver_due(limit=20)
        except Exception:
            logger.exception("Background work failed; it is tried again in %s s.", INTERVAL_SECONDS)
