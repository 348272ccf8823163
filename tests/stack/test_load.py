"""A load test in containers, one master and two workers, beside the bundle that it loads."""

import json
import subprocess
from pathlib import Path

import pytest

from app.settings import ROOT
from scripts import marks
from scripts.dashboards import DASHBOARDS
from scripts.dashboards.panels import plain
from tests.stack.prometheus import Prometheus
from tests.stack.stack import Stack, run, wait_until

VOID = 3  # The machine is too busy for a verdict on latency: not what is tested here.


@pytest.fixture(scope="module")
def loadtest_image(images: None) -> None:
    """Build the image of the load test."""
    run("scripts/images", "loadtest")


def test_workers_ask_the_master_adds_up_and_prometheus_sees_it(
    stack: Stack, prometheus: Prometheus, loadtest_image: None, tmp_path: Path
) -> None:
    folder = tmp_path / "load"
    load = subprocess.Popen(
        ["scripts/load"],
        cwd=ROOT,
        env={
            **stack.environment,
            "DURATION": "12",
            "FOLDER": str(folder),
            "RATE": "8",
            "SHAPE": "smoke",
            "WORKERS": "2",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    panels = next(page for page in DASHBOARDS if page.name == "load").panels
    asked = {q.expression for p in panels for q in p.queries if "loadtest_" in q.expression}

    def shown() -> bool:
        asked.difference_update([query for query in asked if prometheus.query(plain(query))])
        return not asked or load.poll() is not None

    wait_until(shown, 90)
    printed, _ = load.communicate(timeout=60)
    assert load.returncode in (0, 1, VOID), printed
    assert asked == set()
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["faults"] == []
    whole = next(row for row in summary["requests"] if row["name"] == "all")
    assert whole["requests"] > 50
    assert (folder / "report.html").read_text().startswith("<!DOCTYPE html>")
    assert [mark.text for mark in marks.kept()][-2:] == ["load test smoke begins", "load test ends"]
