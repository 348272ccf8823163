"""Runs checkov, from its own environment, on files."""

import json
import subprocess
from typing import Any

from app.settings import ROOT
from tests.unavailable import cannot_run

CHECKOV = ROOT / ".venv-scan/bin/checkov"


def scan(framework: str, *files: str) -> list[str]:
    """Return what checkov finds, as `check resource`; what has a reason is left out."""
    if not CHECKOV.exists():
        cannot_run("Checkov is not there: make .venv-scan/scan")
    done = subprocess.run(
        [CHECKOV, "--config-file", ROOT / "deploy/checkov.yaml", "--skip-download", "--output",
         "json", "--framework", framework, "--file", *files],
        capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    assert done.stdout, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    assert result["summary"]["passed"] > len(files), result["summary"]
    assert not result["summary"]["parsing_errors"], result["summary"]
    return [
        f"{item['check_id']} {item['resource']} {item['check_name']}"
        for item in result["results"]["failed_checks"]
    ]
