"""Injection: SQL, templates, headers, mail, CSV, logs and search take what is typed as text."""

import csv
import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from app import create_app, db
from app.models import OutboxMessage, Post, Role, User
from app.ops import logs
from app.services import audit
from app.services.mail import send_contact_message
from tests.attack.blog import (
    ARGUMENTS,
    Call,
    add_user,
    changing_calls,
    furnish,
    reading_calls,
)

MARK = "q7zmark"
# Each is many attempts in one: what it closes, joins, sums up, breaks or reads.
PROBES = (
    f"{MARK}'\"`)) OR 1=1; SELECT pg_sleep(9)--",
    f"1 UNION SELECT '{MARK}', version(), pg_sleep(9) -- -",
    f"{MARK}\\' || (SELECT pg_sleep(9)) || \\'%_",
    "99999999999999999999",
    f"{MARK}{{{{7654321*7}}}}${{7654321*7}}<%= 7654321*7 %>#{{7654321*7}}{{{{config}}}}",
    f"x\r\nX-Injected: {MARK}\r\n\r\n<b>",
    f"../../../../../../etc/passwd\x00{MARK}$(sleep 9)`sleep 9`|sleep 9",
)
HEADERS = (
    *("Accept-Language", "User-Agent", "X-Forwarded-For", "X-Forwarded-Host", "X-Request-ID"),
    *("Authorization", "If-None-Match", "If-Match", "Idempotency-Key", "Referer", "Accept"),
    *("Cookie", "Range", "Content-Type", "X-CSRFToken", "Origin", "If-Modified-Since"),
)
SEARCHES = (
    *("'", "''", '"', '""', '"a', "a & b", "a | b", "!a", "a <-> b", "a:*", "a:ABCD", "(a", ")"),
    *(
        "a & | b",
        "&",
        "|",
        "!",
        "<->",
        ":*",
        "\\",
        "\\'",
        "a\\",
        "*",
        "^a",
        "NEAR(a b)",
        "a NEAR b",
    ),
    *(
        "title:a",
        "{title}:a",
        "a AND",
        "OR",
        "NOT",
        "-",
        "--",
        "-a -b",
        '-"',
        "+a",
        "a*b",
        "%",
        "_",
    ),
    *(
        "a;b",
        "a--",
        "/*",
        "*/",
        "\x00a",
        "\u0000",
        "\ud800",
        "\uffff",
        "\u202e",
        "𝕏",
        "é́́́",
        "中",
        "中文'",
    ),
    *("' OR 1=1--", "');SELECT 1", "$1", "%(x)s", "%s", ":x", "?", "{0}", "{{7*7}}", "#", "a\tb"),
)
FORMULAS = (
    *("=1+1", '=HYPERLINK("https://evil.example")', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"),
    *(" =1", "＝1", "=cmd|' /C calc'!A0", "＋1", "－1", "＠x", "  +1", '="a"\r\n=1', "-@x"),
)
LINES = (
    *(
        "a\nb",
        "a\r\nb",
        "\r",
        "\x1b[31mred",
        "\x1b]0;title\x07",
        "\x00",
        "\x85",
        "\u2028",
        "\u2029",
    ),
    *('{"level":"x"}', '"}\n{"message":"forged"}', "\x7f", "\x9b31m", "%n%s", "${jndi:ldap://x}"),
)
WILDCARDS = ("%", "_", "%%", "a_min", "adm%", "\\", "\\%", "%admin%", "[a-z]", "*", "?", ".*")
MAIL_FIELDS = (
    *("a\r\nBcc: v@evil.example", "a\nBcc: v@evil.example", "a\rBcc: v@evil.example", "a%0aBcc: x"),
    *("a\r\n\r\nBody", "=?utf-8?q?a=0ABcc:_v=40evil.example?=", "a\u2028Bcc: v@evil.example"),
    *("a\x0bBcc: x", "a\x85Bcc: x", "a, v@evil.example", "<v@evil.example>", 'a" <v@evil.example>'),
)
APP = create_app("testing")


def api_arguments(app: Flask, endpoint: str) -> list[str]:
    """Return what an API route reads from the address, as its document says."""
    rule = next(iter(app.url_map.iter_rules(endpoint)))
    operations = app.test_client().get("/api/v1/openapi.json").json["paths"]
    path = rule.rule.replace("<id:", "{").replace(">", "}")
    operation = operations.get(path, operations.get(path.removeprefix("/api/v1"), {}))
    found = operation.get("get", {}).get("parameters", [])
    return [parameter["name"] for parameter in found if parameter.get("in") == "query"]


def attempts(app: Flask, values: dict[str, Any]) -> Iterator[tuple[Call, str, str]]:
    """Give every parameter of every route: the call, the kind of parameter, its name."""
    reading, changing = reading_calls(app, values), changing_calls(app, values)
    for call in [*reading, *changing]:
        rule = max(app.url_map.iter_rules(call.endpoint), key=lambda rule: len(rule.arguments))
        for name in sorted(rule.arguments):
            yield call, "path", name
        for name in (call.form or {}) if call.form is not None else (call.body or {}):
            yield call, "form" if call.form is not None else "body", name
    for call in reading:
        names = ARGUMENTS.get(call.endpoint, ())
        if call.endpoint.startswith("api."):
            names = tuple(api_arguments(app, call.endpoint))
        for name in names:
            yield call, "query", name
    for header in HEADERS:
        yield reading[0], "header", header


NAMES = ("revision_id", "link_id", "session_id", "message_id", "block_id", "autosave_id")
ANY_IDS = dict.fromkeys(
    (*NAMES, "post_id", "comment_id", "user_id", "topic_id", "upload_id", "category_id"), 1
) | {"tag_id": 1, "token_id": 1, "slugs": ["a"], "part": 1, "month": date(2026, 1, 1)}
PARAMETERS = len(list(attempts(APP, ANY_IDS)))
TRIED = (
    PARAMETERS * len(PROBES)
    + 2 * len(SEARCHES)
    + 2 * len(FORMULAS)
    + 3 * len(LINES)
    + 3 * len(WILDCARDS)
    + 2 * len(MAIL_FIELDS)
)


@contextmanager
def watched() -> Iterator[list[str]]:
    """Collect what the database refuses, and statements with text of ours in them."""
    found: list[str] = []

    def on_error(context: Any) -> None:
        found.append(f"refused: {context.original_exception}")

    def on_statement(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if MARK in statement or "pg_sleep" in statement:
            found.append(f"in a statement: {statement}")

    event.listen(db.engine, "handle_error", on_error)
    event.listen(db.engine, "before_cursor_execute", on_statement)
    try:
        yield found
    finally:
        event.remove(db.engine, "handle_error", on_error)
        event.remove(db.engine, "before_cursor_execute", on_statement)


def send(app: Flask, browser: FlaskClient, call: Call, kind: str, name: str, probe: str) -> Any:
    """Make a call with a probe in one of its parameters."""
    path, options = call.path, {"headers": {"Accept": "application/json"}}
    if kind == "path":
        safe = probe.replace("/", "%2F").replace("?", "%3F")
        path = "/".join(safe if part == PLACE else part for part in templated(app, call, name))
    if kind == "query":
        return browser.open(path, query_string={name: probe}, **options)
    if kind == "header":
        value = probe.replace("\r", "").replace("\n", "").replace("\x00", "")
        return browser.open(path, headers={name: value})
    if call.form is not None:
        form = call.form | ({name: probe} if kind == "form" else {})
        return browser.open(path, method=call.method, data=form, **options)
    body = call.body if kind != "body" else call.body | {name: probe}
    return browser.open(path, method=call.method, json=body, **options)


PLACE = "PLACE"


def templated(app: Flask, call: Call, name: str) -> list[str]:
    """Return the parts of a call's address, with a mark where a parameter stands."""
    rule = max(app.url_map.iter_rules(call.endpoint), key=lambda rule: len(rule.arguments))
    parts = re.sub(rf"<(?:\w+:)?{name}>", PLACE, rule.rule).split("/")
    return [p if PLACE in p else g for p, g in zip(parts, call.path.split("/"), strict=False)]


SIGNS = ("53580247", "root:x:0", "Traceback", "SECRET_KEY", "psycopg2")


def oracles(answer: TestResponse) -> list[str]:
    """Return what in an answer shows that a probe was more than text."""
    found = [f"status {answer.status_code}"] if answer.status_code >= 500 else []
    text = answer.get_data(as_text=True)
    answer.close()  # A static file.
    found += [sign for sign in SIGNS if sign in text]
    found += ["header"] if "X-Injected" in answer.headers else []
    return found


def test_no_parameter_is_more_than_text(app: Flask, sign_in: Callable[..., FlaskClient]) -> None:
    app.config["POSTS_PER_PAGE"] = 1
    owner = add_user("owner", Role.ADMIN)
    values = furnish(owner)
    browser = sign_in(owner)
    tried, wrong = 0, []
    with watched() as found:
        for call, kind, name in attempts(app, values):
            for probe in PROBES:
                answer = send(app, browser, call, kind, name, probe)
                tried += 1
                if signs := oracles(answer) + found:
                    wrong.append(f"{call.method} {call.endpoint} {kind} {name} {probe!r}: {signs}")
                found.clear()
    assert not wrong, "\n".join(wrong)
    assert tried == PARAMETERS * len(PROBES)


def test_whatever_is_looked_for_is_words(app: Flask, make_post: Callable[..., Post]) -> None:
    make_post()
    with watched() as found:
        for query in SEARCHES:
            text = query.encode("utf-8", "replace").decode()
            page = app.test_client().get("/search", query_string={"q": text})
            assert page.status_code == 200, query
            answer = app.test_client().get("/api/v1/search", query_string={"q": text})
            assert answer.status_code in (200, 422), query
    assert found == []


def test_no_wildcard_finds_more_than_itself(
    app: Flask, make_user: Callable[..., User], sign_in: Callable[..., FlaskClient]
) -> None:
    admin = make_user(Role.ADMIN, username="boss")
    make_user(username="admin2")
    browser = sign_in(admin)
    db.session.add(Post(title="Admin matters", content="c", author_id=admin.id))
    db.session.commit()
    browser.post("/desk/media", data={"file": (io.BytesIO(b"text"), "admin.txt")})
    for words in WILDCARDS:
        users = browser.get("/admin/users", query_string={"q": words}).text
        assert "admin2" not in users, words
        assert "Admin matters" not in browser.get("/desk/", query_string={"q": words}).text, words
        assert "admin.txt" not in browser.get("/desk/media", query_string={"q": words}).text, words


def test_no_cell_of_a_spreadsheet_is_a_formula(
    app: Flask, make_user: Callable[..., User], sign_in: Callable[..., FlaskClient]
) -> None:
    admin = make_user(Role.ADMIN)
    for formula in FORMULAS:
        db.session.add(
            Post(title=formula, summary=formula, content="c", author_id=admin.id, is_published=True)
        )
        audit.record(actor=admin, action="x", target=formula)
    db.session.commit()
    posts = app.test_client().get("/api/v1/posts.csv").get_data(as_text=True)
    log = sign_in(admin).post("/admin/audit.csv").get_data(as_text=True)
    for text in (posts, log):
        rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))
        assert len(rows) > len(FORMULAS)
        for cell in (cell for row in rows for cell in row):
            assert not cell.lstrip(" ").startswith(tuple("=+@\t\r\n＝＋－＠")), cell
            assert not cell.startswith("-") or cell[1:].replace(".", "").isdigit(), cell


def test_no_request_forges_a_log_line(
    make_app: Callable[..., Flask], capsys: pytest.CaptureFixture[str]
) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    app = make_app(log_requests=True)
    logs.configure("INFO", "json")
    try:
        for line in LINES:
            browser = app.test_client()
            browser.get(f"/articles/{line}")
            browser.post("/auth/login", data={"username": line, "password": "x"})
            agent = "".join(c for c in line if c not in "\r\n\x00" and ord(c) < 256)
            browser.get("/about", headers={"User-Agent": agent, "X-Request-ID": agent})
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.captureWarnings(False)
    printed = capsys.readouterr().out
    requests = 0
    for text in printed.split("\n")[:-1]:
        assert text.isprintable(), text
        entry = json.loads(text)
        requests += entry.get("log.logger") == "ironpress.access"
        assert entry.get("message") != "forged"
    assert requests == 3 * len(LINES)


def test_no_field_adds_a_header_or_a_receiver_to_a_mail(
    app: Flask, make_user: Callable[..., User]
) -> None:
    make_user(Role.ADMIN, email="owner@example.org")
    browser = app.test_client()
    for text in MAIL_FIELDS:
        form = {"name": text, "email": "v@example.org", "message": "x" * 20}
        browser.post("/contact", data=form)
        browser.post("/contact", data=form | {"name": "n", "email": text})
    send_contact_message(name="n", email="v@example.org", message="m", subject=MAIL_FIELDS[0])
    mails = db.session.scalars(db.select(OutboxMessage.payload)).all()
    assert len(mails) > len(MAIL_FIELDS)
    for mail in mails:
        message = EmailMessage()
        # Refuses line breaks by itself: nothing may even come so far.
        message["To"], message["Subject"] = mail["to"], mail["subject"]
        message["Reply-To"] = mail["reply_to"]
        assert mail["to"] == "owner@example.org"
        assert mail["reply_to"] == "v@example.org"
        assert mail["subject"].isprintable()
