"""Log lines can be read by machines and hold no secrets."""

import io
import json
import logging
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, request
from prometheus_client import generate_latest
from sqlalchemy import select, text

from app import correlation, metrics
from app.extensions import db
from app.models import OutboxMessage
from app.ops import background, log_flood, log_level, logs
from app.ops.log_secrets import own_secrets
from app.services import credentials, outbox
from tests.server import Server


def lines_of(printed: str) -> list[dict[str, Any]]:
    """Read JSON lines; anything else fails."""
    return [json.loads(line) for line in printed.splitlines()]


def test_a_request_is_one_json_line_with_its_id(
    make_app: Callable[..., Flask], capsys: pytest.CaptureFixture[str]
) -> None:
    app = make_app(log_requests=True)
    logs.configure("INFO", "json")
    app.test_client().get("/about?token=hidden", headers={"X-Request-ID": "edge-0123456789"})
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (line,) = [line for line in lines if line["log.logger"] == "ironpress.access"]
    assert line["http.request.id"] == "edge-0123456789"
    assert line["http.request.method"] == "GET"
    assert line["http.response.status_code"] == 200
    assert line["url.path"] == "/about"
    assert line["event.duration"] > 0
    assert "hidden" not in json.dumps(line)


def test_people_get_text(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO", "text")
    logging.getLogger("here").warning("Look: %d", 7)
    logging.getLogger("here").debug("unseen")
    (line,) = capsys.readouterr().out.splitlines()
    assert line.endswith("WARNING here: Look: 7")


def test_a_probe_that_succeeds_is_not_worth_a_line(
    make_app: Callable[..., Flask], capsys: pytest.CaptureFixture[str]
) -> None:
    client = make_app(log_requests=True).test_client()
    logs.configure("INFO", "text")
    client.get("/healthz/live")
    client.get("/about")
    assert "healthz" not in (printed := capsys.readouterr().out)
    assert "/about" in printed


@pytest.mark.parametrize("page", ["verify", "reset"])
def test_a_token_in_an_address_is_not_logged(
    make_app: Callable[..., Flask], capsys: pytest.CaptureFixture[str], page: str
) -> None:
    client = make_app(log_requests=True).test_client()
    logs.configure("INFO", "json")
    client.get(f"/auth/{page}/hidden-token")
    printed = capsys.readouterr().out
    assert "hidden-token" not in printed
    assert f"/auth/{page}/<token>" in printed


def test_every_line_of_a_process_is_json_and_says_whose_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["flask", "worker"])
    logs.configure("INFO", "json")
    try:
        raise ValueError("你好\nsecond line")
    except ValueError:
        logging.getLogger("here").exception("Failed at %d %%", 7)
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    first, second = lines_of(capsys.readouterr().out)
    assert first["message"] == "Failed at 7 %"
    assert first["service.name"] == "ironpress-worker"
    assert (first["log.level"], first["error.type"]) == ("error", "ValueError")
    assert first["error.message"] == "你好\nsecond line"
    assert first["error.stack_trace"].startswith("Traceback")
    assert (second["log.level"], second["error.type"]) == ("critical", "ZeroDivisionError")


def test_one_id_goes_from_the_request_through_sql_and_outbox_to_the_worker(
    make_app: Callable[..., Flask], postgresql_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    app = make_app(database_url=postgresql_url, log_requests=True)
    logs.configure("INFO", "json")
    seen: list[str] = []

    @app.before_request
    def look() -> None:
        me = text("SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()")
        seen.append(str(db.session.scalar(me)))

    client = app.test_client()
    client.post(
        "/auth/reset", data={"email": "ann@example.org"}, headers={"X-Request-ID": "edge-777777"}
    )
    with app.app_context():
        (message,) = db.session.scalars(select(OutboxMessage)).all()
        assert message.request_id == "edge-777777"
        assert outbox.deliver_due() == 1
        assert correlation.request_id.get() is None
        db.drop_all()
    assert seen[0].endswith("/*request_id='edge-777777',route='auth.reset_request'*/")
    lines = lines_of(capsys.readouterr().out)
    loggers = [line["log.logger"] for line in lines if line.get("http.request.id") == "edge-777777"]
    assert loggers == ["ironpress.access", "app.services.outbox"]


CANARY = "canary"


def canaries() -> Iterator[str]:
    """Give ever new secrets, with what escaping could change."""
    number = 0
    while True:
        number += 1
        yield f"{CANARY}'{number}\"ü%sA9{number}"


def test_no_secret_that_a_request_brings_is_ever_shown(
    make_app: Callable[..., Flask], capsys: pytest.CaptureFixture[str]
) -> None:
    app = make_app(
        log_requests=True,
        secret_key=f"{CANARY}-key-0123456789-abcdefghijklmnop",
        redis_url="",
        smtp_url=f"smtp://ann:{CANARY}-smtp@mail.example.org",
    )
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.config["DATABASE_URL"] = f"postgresql://ann:{CANARY}%2Fdatabase@db/x"
    logs.configure("DEBUG", "json", own_secrets(app))

    @app.before_request
    def blow_up() -> None:
        """Fail in the worst way: with everything that came in the error's text."""
        if request.headers.get("X-Blow-Up"):
            body = request.get_json(silent=True)
            read = [request.args, request.form, request.files, request.cookies, body]
            logging.getLogger("library").debug("Got %s with %s", read, dict(request.headers))
            sent = (request.view_args, *map(repr, read), str(dict(request.headers)))
            config = [app.config[name] for name in ("SECRET_KEY", "SMTP_URL", "DATABASE_URL")]
            raise RuntimeError(" ".join(str(part) for part in (*sent, *config)))

    secret = canaries()
    client = app.test_client()
    client.set_cookie("session", f"{CANARY}.cookie.value")
    answers = []
    for blow_up_now in ({}, {"X-Blow-Up": "yes"}):
        for make in (
            lambda: {"data": {"username": "ann", "password": next(secret), "x": next(secret)}},
            lambda: {"json": {"username": "ann", "password": next(secret), "deep": [next(secret)]}},
            lambda: {"data": {"file": (io.BytesIO(b"x"), f"{CANARY}-upload.png")}},
        ):
            for path in (
                "/auth/login?token=" + f"{CANARY}query",
                "/auth/reset/" + f"{CANARY}-Reset-0123456789-link",
                "/auth/reset/" + f"{CANARY}-Reset-0123456789-link/mangled",
                "/api/v1/auth/token",
                "/api/v1/uploads/images",
                "/upload/image",
            ):
                headers = {
                    "Authorization": f"Bearer {CANARY}.bearer.token",
                    "X-Anything": f"{CANARY}-header",
                } | blow_up_now
                for accept in ("text/html", "application/json"):
                    answers.append(
                        client.post(path, headers=headers | {"Accept": accept}, **make())
                    )
    printed = capsys.readouterr().out
    assert len(lines_of(printed)) > len(answers)
    assert {500, 401, 404} <= {answer.status_code for answer in answers}
    assert "Traceback" in printed
    assert re.findall(rf".{{60}}{CANARY}.{{60}}", printed) == []
    assert CANARY not in printed
    assert CANARY not in generate_latest().decode()
    for answer in answers:
        if answer.status_code >= 500:
            assert CANARY not in answer.text


def test_a_failing_statement_does_not_show_its_values(
    app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("DEBUG", "json")
    try:
        db.session.execute(text("SELECT * FROM nowhere WHERE x = :x"), {"x": f"{CANARY}-value"})
    except Exception:
        logging.getLogger("here").exception("Failed")
        db.session.rollback()
    printed = capsys.readouterr().out
    assert "nowhere" in printed
    assert CANARY not in printed


def test_links_in_mails_are_not_logged_where_machines_collect_the_log(
    app: Flask, make_user: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    app.config["LOG_FORMAT"] = "json"
    user = make_user()
    with app.test_request_context():
        credentials.request_password_reset(email=user.email)
    while outbox.deliver_due():
        pass
    assert "a mail is not sent" in caplog.text
    assert "/auth/reset/" not in caplog.text


def test_a_flood_of_errors_is_written_in_part_and_counted(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    logs.configure("INFO", "json")
    before = metrics.log_suppressed._value.get()
    log = logging.getLogger("flood")
    begun = time.perf_counter()
    for number in range(20_000):
        try:
            raise ValueError(number)
        except ValueError:
            log.exception("It failed again: %d", number)
    assert (time.perf_counter() - begun) / 20_000 < 0.001
    assert len(lines_of(capsys.readouterr().out)) == 5
    monkeypatch.setattr(log_flood, "WINDOW_SECONDS", 0.0)
    logs.report_floods()
    (told,) = lines_of(capsys.readouterr().out)
    assert told["message"] == "19995 more lines like this from flood: It failed again: %d"
    assert metrics.log_suppressed._value.get() == before + 19_995


def test_a_flood_of_ever_new_errors_is_bounded_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    logs.configure("INFO", "json")
    for number in range(1000):
        logging.getLogger("flood").error(f"Never the same {number}")
    assert len(lines_of(capsys.readouterr().out)) == log_flood.LINES_OF_ALL_KINDS
    monkeypatch.setattr(log_flood, "WINDOW_SECONDS", 0.0)
    logs.report_floods()
    told = [line["message"] for line in lines_of(capsys.readouterr().out)]
    assert told[-1] == "890 more lines of other kinds."


def test_the_next_line_of_a_kind_says_how_many_were_left_out(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    logs.configure("INFO", "json")
    for _ in range(8):
        logging.getLogger("here").warning("Again")
    monkeypatch.setattr(log_flood, "WINDOW_SECONDS", 0.0)
    logging.getLogger("here").warning("Again")
    assert lines_of(capsys.readouterr().out)[-1]["log.suppressed"] == 3


def test_the_level_follows_the_file_in_every_process(
    make_app: Callable[..., Flask], capsys: pytest.CaptureFixture[str]
) -> None:
    app = make_app()
    runner = app.test_cli_runner()
    assert runner.invoke(args=["log-level"]).output == "INFO\n"
    assert runner.invoke(args=["log-level", "debug"]).output == "DEBUG\n"
    assert log_level.path(app).read_text() == "DEBUG"
    assert runner.invoke(args=["log-level", "loud"]).exit_code == 2
    assert runner.invoke(args=["log-level", "--reset"]).output == "INFO\n"
    app.testing = False
    logs.configure("INFO", "json")
    log_level.change(app, "DEBUG")
    background.tick(app)
    logging.getLogger("here").debug("seen")
    log_level.change(app, None)
    background.tick(app)
    logging.getLogger("here").debug("unseen")
    messages = [line["message"] for line in lines_of(capsys.readouterr().out)]
    assert messages == [
        "Logging from level DEBUG on now.",
        "seen",
        "Logging from level INFO on now.",
    ]


def test_all_workers_take_a_new_level_without_a_restart(serve: Callable[..., Server]) -> None:
    server = serve(LOG_FORMAT="json", LOG_REQUESTS="true", LOG_LEVEL="WARNING", WEB_CONCURRENCY="2")
    server.get("/about")
    (server.folder / "log-level").write_text("INFO", encoding="ascii")
    deadline = time.monotonic() + 15
    while server.log.count("Logging from level INFO") < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    for _ in range(4):
        server.get("/about")
    lines = [json.loads(line) for line in server.log.splitlines() if line.startswith("{")]
    pids = {line["process.pid"] for line in lines if "from level" in line["message"]}
    assert len(pids) == 2
    assert sum(line.get("url.path") == "/about" for line in lines) == 4
