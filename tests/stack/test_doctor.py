"""`make doctor` finds nothing in a good deployment, and what is wrong in another."""

import json
import subprocess
from typing import Any

from app.settings import ROOT
from tests.stack.stack import Stack, run, wait_until

# The tests' host has no record; nobody else's name server is asked about it.
EXPECTED_FAULTS = {"name of the site"}


def examine(stack: Stack) -> tuple[int, dict[str, dict[str, Any]]]:
    done = subprocess.run(
        ["scripts/doctor", "--json"],
        cwd=ROOT,
        env=stack.environment,
        capture_output=True,
        text=True,
    )
    assert not done.stderr, done.stderr
    return done.returncode, {finding["check"]: finding for finding in json.loads(done.stdout)}


def faults(findings: dict[str, dict[str, Any]]) -> set[str]:
    wrong = {
        name for name, finding in findings.items() if not finding["ok"] and not finding["warning"]
    }
    return wrong - EXPECTED_FAULTS


def test_a_good_deployment_has_no_fault(stack: Stack) -> None:
    # The edge is asked for its health some seconds after it has started.
    findings = wait_until(lambda: not faults(found := examine(stack)[1]) and found, seconds=40)
    assert {
        "certificate chain",
        "certificate served",
        "clock of the database",
        "connection budget",
        "hardening web",
        "headers",
        "limits web",
        "memory of postgres",
        "memory of redis",
        "memory of web",
        "migrations",
        "versions",
    } <= findings.keys()


def test_an_open_secret_a_missing_one_and_a_foreign_key_are_found(stack: Stack) -> None:
    folder = stack.folder
    secret, missing = folder / "secrets/secret_key", folder / "secrets/smtp_url"
    key = folder / "certs/site.key"
    own_key = key.read_bytes()
    secret.chmod(0o644)
    missing.rename(folder / "kept")
    key.write_bytes((folder / "ca/ca.key").read_bytes())
    try:
        status, findings = examine(stack)
    finally:
        secret.chmod(0o400)
        (folder / "kept").rename(missing)
        key.write_bytes(own_key)
    assert status == 1
    assert faults(findings) == {"secret secret_key", "secret smtp_url", "certificate key"}


def test_a_limit_changed_by_hand_is_found(stack: Stack) -> None:
    redis = stack.containers("redis")[0]
    limit = str(stack.inspect("redis")["HostConfig"]["PidsLimit"])
    run("docker", "update", "--pids-limit", "99", redis)
    try:
        _, findings = examine(stack)
    finally:
        run("docker", "update", "--pids-limit", limit, redis)
    assert findings["limits redis"]["detail"] == f"pids 99, not {limit}"
