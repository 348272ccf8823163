"""`flask worker` sends what is queued, until it is told to stop."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.commands import worker
from app.extensions import db
from app.models import OutboxMessage
from app.models.base import utc_now
from app.services import mail, outbox

ROOT = Path(__file__).parents[3]


def queue(**row: Any) -> None:
    """Queue a mail."""
    mail.queue(mail.Mail("ann@example.org", "Hello", "Hello\n", "<p>Hello</p>"))
    message = db.session.scalars(select(OutboxMessage)).one()
    for name, value in row.items():
        setattr(message, name, value)
    db.session.commit()


@pytest.fixture
def mailbox(app: Flask, start_mail_server: Callable[..., Any]) -> Any:
    """Start a mail server that the application sends to."""
    mailbox = start_mail_server()
    app.config["SMTP_URL"] = f"smtp+plain://127.0.0.1:{mailbox.port}"
    return mailbox


def test_once_sends_what_is_due_and_ends(app: Flask, mailbox: Any) -> None:
    queue()
    result = app.test_cli_runner().invoke(args=["worker", "--once"])
    assert (result.exit_code, result.output) == (0, "1 messages done.\n")
    assert len(mailbox.messages) == 1


def test_given_up_mail_is_revived_on_request(app: Flask, mailbox: Any) -> None:
    queue(dead_at=utc_now() - timedelta(days=1), attempts=10)
    runner = app.test_cli_runner()
    assert runner.invoke(args=["worker", "--once"]).output == ""
    result = runner.invoke(args=["worker", "--once", "--revive"])
    assert result.output == "1 given-up messages are due again.\n1 messages done.\n"


def test_the_loop_goes_on_after_a_failure_of_the_database(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stop = threading.Event()
    outcomes: list[Any] = [RuntimeError("no database"), 2, 0]

    def deliver(**_: bool) -> int:
        outcome = outcomes.pop(0)
        if not outcomes:
            stop.set()
        if isinstance(outcome, Exception):
            raise outcome
        return int(outcome)

    monkeypatch.setattr(worker, "PAUSE_AFTER_FAILURE_SECONDS", 0.01)
    monkeypatch.setattr(outbox, "deliver_due", deliver)
    worker.run(app, stop)
    assert outcomes == []
    assert "cannot be read" in caplog.text


def test_what_waits_for_edges_has_a_line_of_its_own(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stop = threading.Event()
    outcomes: list[Any] = [RuntimeError("no database"), worker.REFRESHES_AT_ONCE, 1]
    lines = []

    def deliver(*, limit: int, edges: bool) -> int:
        lines.append((limit, edges))
        outcome = outcomes.pop(0)
        if not outcomes:
            stop.set()
        if isinstance(outcome, Exception):
            raise outcome
        return int(outcome)

    monkeypatch.setattr(worker, "PAUSE_AFTER_FAILURE_SECONDS", 0.01)
    monkeypatch.setattr(outbox, "deliver_due", deliver)
    worker.run_for_edges(app, stop)
    assert lines == [(worker.REFRESHES_AT_ONCE, True)] * 3
    assert "for the edges" in caplog.text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_worker_cleanly(
    tmp_path: Path,
    start_mail_server: Callable[..., Any],
    number: signal.Signals,
    make_app: Callable[..., Flask],
) -> None:
    mailbox = start_mail_server()
    database = f"sqlite:///{tmp_path / 'worker.db'}"
    with make_app(database_url=database).app_context():
        queue()
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "app", "worker"],
        cwd=ROOT,
        env=os.environ
        | {
            "APP_ENV": "default",
            "DATABASE_URL": database,
            "DATA_DIR": str(tmp_path),
            "SMTP_URL": f"smtp+plain://127.0.0.1:{mailbox.port}",
        },
    )
    try:
        deadline = threading.Event()
        while not mailbox.messages and process.poll() is None:
            deadline.wait(0.05)
        process.send_signal(number)
        assert process.wait(timeout=10) == 0
    finally:
        process.kill()
        process.wait()
    assert len(mailbox.messages) == 1
