"""`make run`, as a newcomer sees it: the real server on the embedded database."""

import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
from collections.abc import Callable
from pathlib import Path

import pytest

from app.settings import ROOT
from tests.server import SERVE, Server, environment, free_port


def test_the_first_start_prints_a_password_and_serves_samples_in_both_languages(
    serve: Callable[..., Server],
) -> None:
    server = serve()
    assert re.search(r"Log in as admin with the password \S{12,}", server.log)
    assert f"http://127.0.0.1:{server.port}" in server.log
    home = server.get("/")
    assert re.search(r"[一-鿿]", home)
    assert server.stop() == 0
    assert "Traceback" not in server.log

    again = serve()
    assert "password" not in again.log
    assert again.get("/") != ""
    assert again.stop(signal.SIGTERM) == 0
    assert "Traceback" not in again.log


def test_metrics_are_served_on_a_port_of_their_own(serve: Callable[..., Server]) -> None:
    port = free_port()
    server = serve(METRICS_PORT=str(port), WEB_CONCURRENCY="2")
    for _ in range(20):
        server.get("/")
    metrics = server.get("/metrics", port)
    found = re.search(
        r'ironpress_http_request_duration_seconds_count\{endpoint="main.index",'
        r'method="GET",status_class="2xx"\} (\d+)',
        metrics,
    )
    assert found, metrics
    assert int(float(found[1])) == 20
    assert 'ironpress_database_budget_connections{part="web"} 60.0' in metrics
    assert "ironpress_database_budget_limit 97.0" in metrics
    with pytest.raises(urllib.error.HTTPError):
        server.get("/metrics")


def test_a_worker_that_dies_is_replaced_and_counters_go_on(serve: Callable[..., Server]) -> None:
    port = free_port()
    server = serve(METRICS_PORT=str(port), WEB_CONCURRENCY="1")
    server.get("/about")
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    (worker,) = children.read_text(encoding="ascii").split()
    os.kill(int(worker), signal.SIGKILL)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and children.read_text(encoding="ascii").split() in (
        [],
        [worker],
    ):
        time.sleep(0.05)
    server.get("/about")
    metrics = server.get("/metrics", port)
    assert re.search(r'count\{endpoint="main.about",method="GET",status_class="2xx"\} 2.0', metrics)


def run_serve(env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(SERVE, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)


def test_a_taken_port_is_one_clear_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = run_serve(environment(tmp_path, port))
    assert run.returncode != 0
    assert f"Cannot listen on 127.0.0.1:{port}" in run.stderr
    assert "PORT=" in run.stderr
    assert "Traceback" not in run.stderr


def test_an_unwritable_folder_is_one_clear_sentence(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder", encoding="ascii")
    run = run_serve(environment(blocked / "data", free_port()))
    assert run.returncode != 0
    assert "is not writable" in run.stderr
    assert "Traceback" not in run.stderr


def test_an_old_python_is_one_clear_sentence(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n", encoding="ascii")
    old.chmod(0o755)
    for tool in ("sh", "echo"):
        (tmp_path / tool).symlink_to(f"/bin/{tool}")
    run = subprocess.run(
        ["/bin/sh", str(ROOT / "scripts" / "venv"), "requirements/runtime.txt", ".venv/runtime"],
        cwd=tmp_path,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert run.returncode != 0
    assert "needs Python 3.11 or newer" in run.stderr


def test_production_without_secrets_says_everything_that_is_missing(tmp_path: Path) -> None:
    run = subprocess.run(
        SERVE,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "APP_ENV": "production"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode != 0
    for name in ("SECRET_KEY", "DATABASE_URL", "SITE_URL"):
        assert name in run.stderr
    assert "Traceback" not in run.stderr
