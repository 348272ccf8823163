"""What `make doctor` finds before anything runs, and how it reckons."""

import json
import os
import socket
import subprocess
from pathlib import Path

import pytest

from app.settings import ROOT
from scripts.checkup import application, containers, files, machine, plan, site
from scripts.checkup.deployment import Deployment
from scripts.checkup.finding import Finding

GIB = 1 << 30
SAID = {"workers": 2, "hashes": 2, "hash_kib": 65536, "resident_kib": 131072}


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    """Give a deployment of which nothing runs and nothing is there."""
    return Deployment(
        folder=tmp_path, host="localhost", url="https://localhost", ports=(0, 0), uid=10001
    )


def test_a_taken_port_is_found_before_the_start(deployment: Deployment) -> None:
    object.__setattr__(deployment, "containers", {})
    with socket.socket() as other:
        other.bind(("", 0))
        other.listen()
        object.__setattr__(deployment, "ports", (other.getsockname()[1], 0))
        taken, free = machine.ports(deployment)
    assert not taken.ok
    assert free.ok


def test_a_certificate_without_its_chain_is_found(deployment: Deployment, tmp_path: Path) -> None:
    environment = os.environ | {
        "BUNDLE_DIR": str(tmp_path), "SITE_HOST": "localhost", "BUNDLE_UID": str(os.getuid()),
    }  # fmt: skip
    subprocess.run(["scripts/certs"], cwd=ROOT, env=environment, check=True, capture_output=True)
    assert all(finding.ok for finding in files.certificate(deployment))
    (tmp_path / "ca/ca.crt").unlink()
    wrong = [finding.check for finding in files.certificate(deployment) if not finding.ok]
    assert wrong == ["certificate chain"]


def test_a_blog_that_cannot_send_mail_is_warned_of(deployment: Deployment, tmp_path: Path) -> None:
    def found() -> Finding:
        (finding,) = files.mail(deployment)
        assert not finding.fault
        return finding

    secret = tmp_path / "smtp_url"
    object.__setattr__(deployment, "secrets", {"smtp_url": secret})
    assert not found().ok
    secret.write_text("\n")
    assert not found().ok
    secret.write_text("smtp://user:password@mail.example.org:587")
    assert found().ok


def test_memory_is_reckoned_with_every_hash_at_once() -> None:
    fits = application.web_memory(SAID, 768 << 20, 64 << 20)
    assert fits.ok
    assert fits.detail.startswith("562 of 768 MiB")
    assert not application.web_memory(SAID | {"workers": 4}, 768 << 20, 64 << 20).ok


def test_headers_are_asked_for_once_each_and_tell_nothing() -> None:
    good = [f"{name}: x" for name in site.REQUIRED] + ["server: nginx", "vary: a", "vary: b"]
    assert site.wrong_headers(good) == []
    bad = [*good[1:], "Referrer-Policy: y", "X-Powered-By: z", "set-cookie: a=b; Secure"]
    assert site.wrong_headers(bad) == [
        f"no {site.REQUIRED[0]}",
        "referrer-policy twice",
        "x-powered-by tells too much",
        "a cookie without Secure or HttpOnly",
    ]


@pytest.mark.parametrize("version", [1, 2])
def test_limits_are_read_from_the_kernel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    process = tmp_path / "7"
    process.mkdir()
    if version == 2:
        (process / "cgroup").write_text("0::/box\n")
        written = {"box/memory.max": "1024", "box/pids.max": "max", "box/cpu.max": "50000 100000"}
    else:
        (process / "cgroup").write_text("3:memory:/box\n2:pids:/box\n1:cpu,cpuacct:/box\n0::/box\n")
        written = {
            "memory/box/memory.limit_in_bytes": "1024",
            "pids/box/pids.max": "max",
            "cpu/box/cpu.cfs_quota_us": "50000",
            "cpu/box/cpu.cfs_period_us": "100000",
        }
    for name, content in written.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    monkeypatch.setattr(containers, "CGROUPS", tmp_path)
    found = [containers.applied(process, name) for name in ("memory", "cpu", "pids")]
    assert found == [1024, 0.5, None]


def test_the_exit_status_says_that_something_is_wrong(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "BUNDLE_DIR": str(tmp_path / "none"),
        "ENV_FILE": str(tmp_path / "no.env"), "DOCKER_HOST": "unix:///nobody",
        "HTTP_PORT": "0", "HTTPS_PORT": "0",
    }  # fmt: skip
    done = subprocess.run(
        ["scripts/doctor", "--json"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    findings = {finding["check"]: finding for finding in json.loads(done.stdout)}
    assert done.returncode == 1
    assert not findings["docker engine"]["ok"]
    assert not findings["certificate"]["ok"]


def planned(deployment: Deployment, workers: int = 2, connections: int = 100) -> set[str]:
    """Return what will not fit, with the limits as they come."""
    web = {"cpus": 1.0, "environment": {"WEB_CONCURRENCY": str(workers)}}
    services = {
        "web": {"mem_limit": str(768 << 20), "shm_size": str(64 << 20), **web},
        "postgres": {
            "mem_limit": str(512 << 20),
            "environment": {"MAX_CONNECTIONS": str(connections)},
        },
        "redis": {"mem_limit": str(160 << 20)},
    }
    object.__setattr__(deployment, "containers", {})
    object.__setattr__(deployment, "services", services)
    findings = list(plan.memory(deployment))
    assert {finding.check for finding in findings} == {f"memory of {name}" for name in services}
    return {finding.check for finding in findings if not finding.ok}


def test_memory_is_reckoned_before_anything_runs(deployment: Deployment) -> None:
    assert planned(deployment) == set()
    assert planned(deployment, workers=6) == {"memory of web"}
    assert planned(deployment, connections=300) == {"memory of postgres"}
