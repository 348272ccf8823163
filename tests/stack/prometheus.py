"""The monitoring profile as the tests hold it: times are a sixtieth, so alerts take seconds."""

import json
import shutil
import subprocess
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from app.settings import ROOT
from scripts.slo.rules import scaled
from tests.stack.stack import Stack, free_port

SERVICES = (
    "prometheus",
    "alertmanager",
    "edge-exporter",
    "nginx-exporter",
    "postgres-exporter",
    "redis-exporter",
    "site-prober",
    "machine-exporter",
)
TIMES_SHORTER = 60
LONGER = "\n    scrape_interval: 3s\n    scrape_timeout: 3s"


class Prometheus:
    """Prometheus and Alertmanager of a bundle, with the bundle's own rules in short."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self.stack = stack
        self.folder = folder
        self.ports = {"PROMETHEUS_PORT": free_port(), "ALERTMANAGER_PORT": free_port()}

    def start(self) -> None:
        """Bring the profile up beside the bundle that runs."""
        self.write_configuration()
        self.stack.more = {
            "PROFILE": "monitoring",
            "MONITORING_DIR": str(self.folder),
            **{name: str(port) for name, port in self.ports.items()},
        }
        self.stack.start()

    def write_configuration(self) -> None:
        """Copy the bundle's configuration with every time in it made shorter."""
        shutil.copytree(ROOT / "deploy/monitoring", self.folder)
        for path in (self.folder / "rules").iterdir():
            path.write_text(scaled(path.read_text(), TIMES_SHORTER))
        for name, slow, quick in (
            ("prometheus.yml", ": 15s", ": 1s"),
            ("prometheus.yml", "scrape_timeout: 5s", "scrape_timeout: 1s"),
            ("prometheus.yml", "refresh_interval: 5s", "refresh_interval: 1s"),
            # Its exporter waits a second for a database that does not answer.
            ("prometheus.yml", "job_name: postgres", f"job_name: postgres{LONGER}"),
            ("blackbox.yml", "timeout: 4s", "timeout: 900ms"),
            ("alertmanager.yml", "group_wait: 30s", "group_wait: 1s"),
        ):
            path = self.folder / name
            path.write_text(path.read_text().replace(slow, quick))

    def ask(self, name: str, path: str, **arguments: str) -> Any:
        """Return what the interface of Prometheus or Alertmanager answers."""
        query = urllib.parse.urlencode(arguments)
        address = f"http://127.0.0.1:{self.ports[name]}{path}?{query}"
        with urllib.request.urlopen(address, timeout=10) as answer:
            return json.load(answer)

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the series of a query."""
        found = self.ask("PROMETHEUS_PORT", "/api/v1/query", query=expression)
        result: list[dict[str, Any]] = found["data"]["result"]
        return result

    def targets(self) -> dict[str, set[str]]:
        """Return the health of the targets of each job."""
        found: dict[str, set[str]] = {}
        for target in self.ask("PROMETHEUS_PORT", "/api/v1/targets")["data"]["activeTargets"]:
            found.setdefault(target["labels"]["job"], set()).add(target["health"])
        return found

    def alerts(self, severity: str = "page") -> set[str]:
        """Return the names of the alerts that Alertmanager holds."""
        wanted = f'severity="{severity}"'
        found = self.ask("ALERTMANAGER_PORT", "/api/v2/alerts", filter=wanted, inhibited="false")
        return {alert["labels"]["alertname"] for alert in found}


def pause(stack: Stack, action: str, service: str) -> None:
    """Stop, start, pause or unpause every container of a service."""
    ids = stack.containers(service, ended=True)
    subprocess.run(["docker", action, *ids], check=True, capture_output=True)
