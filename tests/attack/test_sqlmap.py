"""sqlmap, the tool for SQL injection: at what a stranger can ask, and at all that an admin can."""

import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from app import db
from app.models import Role
from app.settings import ROOT
from tests.attack.blog import Call, add_user, furnish
from tests.attack.figures import record
from tests.attack.test_injection import PLACE, attempts, templated
from tests.chromium import served
from tests.server import Server

pytestmark = pytest.mark.slow
QUIET = (
    "--batch",
    "--ignore-stdin",
    "--disable-coloring",
    "--flush-session",
    "--timeout=15",
    "--retries=0",
)
HARD = ("--level=2", "--risk=2", "--threads=4", "--technique=BEUSTQ", "--smart")
TARGETS = (
    *("/?page=1", "/articles?page=1", "/search?q=word&page=1", "/articles/a?page=1&reply=1"),
    *("/categories/a*", "/tags/a*", "/authors/a*"),
    *("/archive/2026-01*", "/preview/a*", "/uploads/a*"),
    *("/api/v1/posts?page=1&per_page=5&sort=title&state=all&author=1&category=a&tag=a&fields=id",),
    *("/api/v1/posts?cursor=a&language=en&published_after=2026-01-01T00:00:00Z", "/language/en*"),
    *("/api/v1/search?q=word&page=1&per_page=5", "/api/v1/posts.csv?tag=a&category=a&author=1"),
    *("/api/v1/users?page=1", "/api/v1/tags?page=1", "/api/v1/posts/1*", "/api/v1/users/1*"),
)


DONE = re.compile(r"parameter '.*' does not seem to be injectable")
# What ends the session that the others need, or takes away what they ask for, is tried last.
LAST = re.compile(r"logout|delete|end_|discard|password|reset|remove|clean|revoke|user|merge|token")


def injectable(folder: Path, targets: list[str], *options: str) -> str:
    """Return what sqlmap found at some addresses, nothing when it found nothing."""
    listed = folder / "targets"
    listed.write_text("\n".join(targets) + "\n")
    return sqlmap(folder, "-m", str(listed), *options)[0]


def sqlmap(folder: Path, *options: str) -> tuple[str, str]:
    """Return what sqlmap found, nothing when it found nothing, and what it said meanwhile."""
    unpacked = subprocess.run(
        [ROOT / "scripts" / "debian-package", "sqlmap"], capture_output=True, text=True, check=True
    ).stdout.strip()
    program = Path(unpacked) / "usr" / "share" / "sqlmap" / "sqlmap.py"
    results = folder / "results"
    command = [sys.executable, str(program), f"--output-dir={results}"]
    run = subprocess.run([*command, *QUIET, *options], capture_output=True, text=True)
    assert "starting @" in run.stdout, run.stdout[-2000:] + run.stderr
    logs = [path.read_text(errors="replace") for path in results.rglob("log")]
    return "".join(logs), run.stdout


def test_sqlmap_finds_nothing(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve(RATE_LIMITS_ENABLED="false", API_REQUESTS_PER_MINUTE="1000000")
    targets = [f"http://127.0.0.1:{server.port}{path}" for path in TARGETS]
    assert injectable(tmp_path, targets, *HARD) == ""


def packed(text: str, method: str, path: str, host: str, cookie: str, body: str = "") -> str:
    """Return a request as a proxy's log has it, from which sqlmap takes what to try."""
    line = "=" * 54
    kind = f"Content-Type: {text}\n" if body else ""
    head = f"{method} {path} HTTP/1.1\nHost: {host}\nCookie: {cookie}\n{kind}"
    return f"{line}\n0:00:00  http://{host}  [127.0.0.1]\n{line}\n{head}\n{body}\n{line}\n\n\n"


def requests(app: Flask, values: dict[str, Any], host: str, cookie: str) -> Iterator[str]:
    """Give every route's request with all that it takes, and one more for each part of a path."""
    queries: dict[str, dict[str, str]] = {}
    calls: dict[str, Call] = {}
    for call, kind, name in attempts(app, values):
        calls[f"{call.method} {call.endpoint}"] = call
        if kind == "query":
            queries.setdefault(call.endpoint, {})[name] = "1"
    for call in sorted(calls.values(), key=lambda call: bool(LAST.search(call.endpoint))):
        query = queries.get(call.endpoint, {}) if call.method == "GET" else {}
        path = f"{call.path}?{urlencode(query)}" if query else call.path
        if call.form:
            form = urlencode(call.form)
            yield packed("application/x-www-form-urlencoded", call.method, path, host, cookie, form)
        elif call.body:
            body = json.dumps(call.body)
            yield packed("application/json", call.method, path, host, cookie, body)
        elif query:
            yield packed("", call.method, path, host, cookie)
        rule = max(app.url_map.iter_rules(call.endpoint), key=lambda rule: len(rule.arguments))
        for name in rule.arguments:
            parts = zip(templated(app, call, name), call.path.split("/"), strict=False)
            marked = "/".join(f"{own}*" if PLACE in part else part for part, own in parts)
            yield packed("", call.method, marked, host, cookie)


def test_sqlmap_finds_nothing_in_any_parameter_of_any_route_on_postgresql(
    app: Flask, sign_in: Callable[..., FlaskClient], tmp_path: Path
) -> None:
    app.config["API_REQUESTS_PER_MINUTE"] = 10_000_000
    owner = add_user("owner", Role.ADMIN)
    values = furnish(owner)
    session = sign_in(owner).get_cookie("session")
    assert session
    db.session.remove()
    log = tmp_path / "requests"
    with served(app) as address:
        host = address.removeprefix("http://")
        asked = list(requests(app, values, host, f"session={session.value}"))
        log.write_text("".join(asked))
        found, said = sqlmap(tmp_path, "-l", str(log), "--dbms=postgresql", "--technique=BEUS")
    tested = len(DONE.findall(said))
    record(
        "sqlmap, every route on PostgreSQL",
        requests=len(asked),
        parameters=tested,
        injectable=found.count("Parameter: "),
    )
    assert found == ""
    assert tested > 100, said[-3000:]


@contextmanager
def careless() -> Iterator[str]:
    """Serve a page that puts its argument into a statement."""
    app = Flask("careless")

    @app.get("/")
    def page() -> str:
        database = sqlite3.connect(":memory:")
        database.execute("CREATE TABLE t (id INTEGER, name TEXT)")
        database.execute("INSERT INTO t VALUES (1, 'one')")
        given = parse_qs(request.query_string.decode())["id"][0]
        rows = database.execute(f"SELECT name FROM t WHERE id = {given}").fetchall()  # noqa: S608
        database.close()
        return f"<p>{rows}</p>"

    with served(app) as address:
        yield address


def test_sqlmap_would_find_it(tmp_path: Path) -> None:
    with careless() as address:
        assert "Parameter: id" in injectable(tmp_path, [f"{address}/?id=1"], "--technique=BU")
