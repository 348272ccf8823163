"""Prints what is wrong with a deployment: a table, or JSON with `--json`, and an exit status."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict

from scripts.checkup import application, containers, engine, files, machine, plan, site
from scripts.checkup.deployment import Deployment
from scripts.checkup.finding import Finding, Findings

Check = Callable[[Deployment], Findings]

ALWAYS: tuple[Check, ...] = (
    engine.engine,
    files.secrets,
    files.mail,
    files.certificate,
    machine.name,
    machine.disks,
    machine.clock,
    machine.ports,
    machine.memory,
    plan.memory,
)
WHEN_RUNNING: tuple[Check, ...] = (
    containers.running,
    engine.releases,
    application.application,
    application.postgres_memory,
    application.redis_memory,
    site.site,
)


def examine(deployment: Deployment) -> list[Finding]:
    """Run every check that makes sense now: those of what runs only when something runs."""
    checks = ALWAYS + (WHEN_RUNNING if deployment.containers else ())
    return [finding for check in checks for finding in check(deployment)]


def line(finding: Finding) -> str:
    """Return a finding as a line of the table."""
    mark = "ok  " if finding.ok else "warn" if finding.warning else "BAD "
    advice = "" if finding.ok else f"  → {finding.advice}"
    return f"{mark} {finding.check:32} {finding.detail}{advice}"


def main() -> int:
    """Print what was found; return 1 when anything is wrong."""
    findings = examine(Deployment())
    if "--json" in sys.argv[1:]:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        print("\n".join(line(finding) for finding in findings))
    return int(any(finding.fault for finding in findings))


if __name__ == "__main__":
    sys.exit(main())
