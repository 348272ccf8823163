"""sqlmap, the standard tool for SQL injection, at the addresses that a stranger can ask."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from flask import Flask, request

from app.settings import ROOT
from tests.chromium import served
from tests.server import Server

pytestmark = pytest.mark.slow
QUIET = ("--batch", "--disable-coloring", "--flush-session", "--timeout=15", "--retries=0")
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


def injectable(folder: Path, targets: list[str], *options: str) -> str:
    """Return what sqlmap found at some addresses, nothing when it found nothing."""
    unpacked = subprocess.run(
        [ROOT / "scripts" / "debian-package", "sqlmap"], capture_output=True, text=True, check=True
    ).stdout.strip()
    listed = folder / "targets"
    listed.write_text("\n".join(targets) + "\n")
    sqlmap = Path(unpacked) / "usr" / "share" / "sqlmap" / "sqlmap.py"
    results = folder / "results"
    command = [sys.executable, str(sqlmap), "-m", str(listed), f"--output-dir={results}"]
    run = subprocess.run([*command, *QUIET, *options], capture_output=True, text=True)
    assert "starting @" in run.stdout, run.stdout[-2000:] + run.stderr
    logs = [path.read_text(errors="replace") for path in results.rglob("log")]
    return "".join(logs)


def test_sqlmap_finds_nothing(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve(RATE_LIMITS_ENABLED="false", API_REQUESTS_PER_MINUTE="1000000")
    targets = [f"http://127.0.0.1:{server.port}{path}" for path in TARGETS]
    assert injectable(tmp_path, targets, *HARD) == ""


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
