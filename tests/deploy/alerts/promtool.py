"""Runs Prometheus' own unit tests of rules: series go in, alerts come out."""

import json
import subprocess
from pathlib import Path
from typing import Any

import yaml

from app.settings import ROOT
from tests.unavailable import cannot_run

RULES = ROOT / "deploy" / "monitoring" / "rules"


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run promtool; say plainly where it cannot be had."""
    found = subprocess.run([ROOT / "scripts/debian-package", "promtool"], capture_output=True)
    if found.returncode:
        cannot_run(f"The alerts were not tested: {found.stderr.decode().strip()}")
    return subprocess.run(
        [ROOT / "scripts/promtool", *arguments], capture_output=True, text=True, cwd=ROOT
    )


def written_rules() -> list[dict[str, Any]]:
    """Return every rule of the bundle."""
    groups = [yaml.safe_load(path.read_text())["groups"] for path in sorted(RULES.glob("*.yml"))]
    return [rule for file in groups for group in file for rule in group["rules"]]


def written_alerts() -> list[dict[str, Any]]:
    """Return every alert of the bundle; those of a level once for each pair of windows."""
    return [rule for rule in written_rules() if "alert" in rule]


def check(folder: Path, file: Path, *tests: dict[str, Any], evaluate: str = "1m") -> None:
    """Run unit tests of a file of rules; what promtool says of those that fail is the failure."""
    path = folder / "tests.yml"
    path.write_text(
        json.dumps(
            {
                "rule_files": [str(file)],
                "evaluation_interval": evaluate,
                "tests": tests,
            }
        )
    )
    done = promtool("test", "rules", str(path))
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]


def firing(alert: str, moment: str, expected: bool) -> dict[str, Any]:
    """Return the expectation that an alert fires at a moment, or does not."""
    sample = [{"labels": "{}", "value": 1}] if expected else []
    query = f'count(count by (alertname) (ALERTS{{alertname="{alert}", alertstate="firing"}}))'
    return {"expr": query, "eval_time": moment, "exp_samples": sample}
