"""Real runs of Locust against the real server, and what comes of them."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from defusedxml import ElementTree

from app.settings import ROOT
from tests.server import Server, environment
from tests.unavailable import cannot_run

PASSWORD = "Correct-Horse-7"
LOCUST = ROOT / ".venv-load" / "bin" / "locust"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve a small blog with users who can log in."""
    if not LOCUST.exists():
        cannot_run("Locust is not installed: make .venv-load/loadtest")
    folder = tmp_path_factory.mktemp("site")
    server = Server(
        folder,
        API_REQUESTS_PER_MINUTE="100000",
        GRACEFUL_TIMEOUT="1",
        METRICS_PORT="0",
        RATE_LIMITS_ENABLED="false",
        WEB_CONCURRENCY="1",
    )
    subprocess.run(
        [ROOT / ".venv/bin/flask", "seed", "--posts", "40", "--comments", "60", "--users", "20"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        env=environment(folder, server.port, SEED_PASSWORD=PASSWORD),
    )
    yield server
    server.stop()


def load(site: Server, folder: Path, **settings: str) -> tuple[int, str]:
    """Run `scripts/load`; return its exit status and what it said."""
    done = subprocess.run(
        ["scripts/load"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        env={
            "PATH": os.environ["PATH"],
            "SITE": f"http://127.0.0.1:{site.port}",
            "FOLDER": str(folder),
            "LOAD_PASSWORD": PASSWORD,
            "USERS": "20",
            "RATE": "12",
            "DURATION": "8",
        }
        | settings,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_run_ends_with_a_page_json_and_junit(site: Server, tmp_path: Path) -> None:
    status, said = load(site, tmp_path, PROCESSES="2")
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["faults"] == [], said
    names = {row["name"] for row in summary["requests"]}
    assert {
        "anonymous: article",
        "anonymous: asset",
        "signed_in: article",
        "write: comment",
        "write: publish",
        "write: correct",
        "write: delete",
    } <= names
    cases = ElementTree.parse(tmp_path / "junit.xml").getroot().findall("testcase")
    broken = [case for case in cases if case.find("failure") is not None]
    assert len(broken) == len(summary["broken"])
    # A busy machine may be too slow for the gates, or for the generator; that is said, too.
    assert status == (3 if summary["void"] else 1 if broken else 0), said
    page = (tmp_path / "report.html").read_text()
    assert page.count("<svg") >= 3
    assert "http" not in page.split("<style>")[1].split("<table>")[0].replace(
        "http://www.w3.org/2000/svg", ""
    ).replace(f"http://127.0.0.1:{site.port}", "")


def test_a_baseline_is_compared_with(site: Server, tmp_path: Path) -> None:
    load(site, tmp_path / "before", DURATION="4")
    _, said = load(
        site, tmp_path / "after", DURATION="4", BASELINE=str(tmp_path / "before" / "run.json")
    )
    assert "p99: can't tell" in said  # Four seconds tell nothing.
    assert "Against the baseline" in (tmp_path / "after" / "report.html").read_text()


def test_a_wrong_page_fails_the_run(site: Server, tmp_path: Path) -> None:
    status, said = load(site, tmp_path, LOAD_PASSWORD="wrong", DURATION="4")
    assert status in (1, 3), said
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert any(name.startswith("write: ") for name, _, _ in summary["faults"])


def test_a_site_that_is_away_is_said(site: Server, tmp_path: Path) -> None:
    status, said = load(site, tmp_path, SITE="http://127.0.0.1:9", DURATION="3")
    assert status == 3, said
    assert "VOID" in said
