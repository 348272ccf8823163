"""`make run`, as a newcomer sees it: the real server on the embedded database."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.settings import ROOT

START_SECONDS = 60
SERVE = [str(Path(sys.executable).with_name("gunicorn")), "--config", "gunicorn.conf.py"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(folder: Path, port: int, **settings: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "APP_ENV": "default",
        "DATA_DIR": str(folder),
        "PORT": str(port),
        "SITE_URL": f"http://127.0.0.1:{port}",
    } | settings


class Server:
    """A running server."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.port = free_port()
        self.output = folder.with_suffix(".log")
        with self.output.open("w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                SERVE,
                cwd=ROOT,
                env=environment(folder, self.port, **settings),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.wait()

    @property
    def log(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def wait(self) -> None:
        """Wait until the site answers; fail with what was printed when it does not."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                self.get("/healthz/ready")
            except OSError:
                time.sleep(0.05)
            else:
                return
        pytest.fail(f"The server did not start:\n{self.log}")

    def get(self, path: str, port: int | None = None) -> str:
        url = f"http://127.0.0.1:{port or self.port}{path}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            text: str = answer.read().decode()
            return text

    def stop(self, sign: signal.Signals = signal.SIGINT) -> int:
        """Signal the whole group, as a terminal does with Ctrl-C; return the exit status."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, sign)
        return self.process.wait(timeout=30)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Give a function that starts a server on a data folder of this test."""
    started: list[Server] = []

    def start(**settings: str) -> Server:
        server = Server(tmp_path / "data", **settings)
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop(signal.SIGKILL)


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
        r'method="GET",status="200"\} (\d+)',
        metrics,
    )
    assert found, metrics
    assert int(float(found[1])) == 20
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
    assert re.search(r'count\{endpoint="main.about",method="GET",status="200"\} 2.0', metrics)


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
