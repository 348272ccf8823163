"""Workers come, go, crash and are reloaded, and their metrics stay right and small."""

import os
import re
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.settings import ROOT
from scripts.soak_recycles import faults, run, server
from tests.server import Server, free_port
from tests.unavailable import cannot_run

ANSWERS = re.compile(r'ironpress_http_responses_total\{code="200"\} (\d+)')
Serve = Callable[..., Server]


def test_counters_and_folder_survive_recycles_crashes_and_reloads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scripts.soak_recycles.KILL_EVERY", 10)
    monkeypatch.setattr("scripts.soak_recycles.RELOAD_EVERY", 12)
    with server(tmp_path) as soak:
        run(soak, recycles=25)
        assert faults(soak) == []
    assert soak.kills >= 2
    assert soak.reloads >= 1


def in_small_tmpfs(folder: Path) -> tuple[str, ...]:
    """Return the command that runs another with 256 KiB of room for metrics."""
    folder.mkdir()
    as_root = () if os.geteuid() == 0 else ("--map-root-user",)
    mount = f'mount -t tmpfs -o size=256k none {folder} && exec "$@"'
    around = ("unshare", "--mount", *as_root, "sh", "-c", mount, "sh")
    if subprocess.run([*around, "true"], capture_output=True).returncode:
        cannot_run("No tmpfs can be mounted here.")
    return around


def test_a_full_metrics_folder_costs_no_request(serve: Serve, tmp_path: Path) -> None:
    folder, port = tmp_path / "metrics", free_port()
    # Four workers want more than there is.
    full = serve(
        around=in_small_tmpfs(folder),
        PROMETHEUS_MULTIPROC_DIR=str(folder),
        METRICS_PORT=str(port),
        WEB_CONCURRENCY="4",
    )
    for _ in range(40):
        full.get("/about")
    deadline = time.monotonic() + 20
    metrics = full.get("/metrics", port)
    while "ironpress_workers 4.0" not in metrics and time.monotonic() < deadline:
        time.sleep(0.2)  # The last worker may still be starting.
        metrics = full.get("/metrics", port)
    assert "ironpress_workers 4.0" in metrics
    assert "ironpress_metrics_directory_usable 0.0" in metrics
    assert full.stop() == 0
    assert "SIG" not in full.log


def test_a_missing_metrics_folder_costs_no_request_and_comes_back(
    serve: Serve, tmp_path: Path
) -> None:
    folder, port = tmp_path / "metrics", free_port()
    site = serve(PROMETHEUS_MULTIPROC_DIR=str(folder), METRICS_PORT=str(port), WEB_CONCURRENCY="2")
    site.get("/about")
    for entry in folder.iterdir():
        entry.unlink()
    folder.rmdir()
    for _ in range(10):
        site.get("/about")
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = ANSWERS.search(site.get("/metrics", port))
        if found and int(found[1]) >= 11:
            break
        time.sleep(0.1)
    assert found
    assert int(found[1]) == 11
    assert "Traceback" not in site.log


def test_a_signal_that_comes_while_a_worker_starts_ends_it(serve: Serve, tmp_path: Path) -> None:
    slow = tmp_path / "slow.conf.py"
    slow.write_text(
        "import time\n"
        f"exec(open({str(ROOT / 'gunicorn.conf.py')!r}).read())\n"
        "prepare = post_fork\n"
        "def post_fork(server, worker):\n"
        "    time.sleep(1 if worker.slot else 0)\n"
        "    prepare(server, worker)\n"
    )
    port = free_port()
    site = serve(options=("--config", str(slow)), METRICS_PORT=str(port), WEB_CONCURRENCY="2")
    while "ironpress_workers 2.0" not in site.get("/metrics", port):
        time.sleep(0.02)
    began = time.monotonic()
    assert site.stop() == 0
    assert time.monotonic() - began < 10, "it had to be killed"
    assert "SIG" not in site.log


def answers(sock: socket.socket, count: int) -> list[bytes]:
    """Read answers with a length off a connection."""
    found, data = [], b""
    while len(found) < count:
        data += sock.recv(65536) or pytest.fail(f"closed after {data!r}")
        while b"\r\n\r\n" in data:
            head, _, rest = data.partition(b"\r\n\r\n")
            length = int(re.search(rb"Content-Length: (\d+)", head)[1])  # type: ignore[index]
            if len(rest) < length:
                break
            found.append(head)
            data = rest[length:]
    return found


def test_a_kept_connection_is_answered_again_and_again(serve: Serve) -> None:
    site = serve()
    request = b"GET /about HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as sock:
        for _ in range(3):
            sock.sendall(request)
            assert answers(sock, 1)[0].startswith(b"HTTP/1.1 200")
        sock.sendall(3 * request)  # The second stands behind the first, and is read with it.
        assert [head[9:12] for head in answers(sock, 3)] == [b"200"] * 3
        sock.sendall(b"POST /contact HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\nname=")
        time.sleep(0.2)
        sock.sendall(b"some" + request)
        first, second = answers(sock, 2)
        assert (first[9:12], second[9:12]) == (b"400", b"200")


def test_a_kept_connection_holds_no_stop_up(serve: Serve) -> None:
    site = serve()
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as sock:
        sock.sendall(b"GET /about HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        answers(sock, 1)
        began = time.monotonic()
        assert site.stop() == 0
        assert time.monotonic() - began < 10
        assert sock.recv(1) == b""


def test_who_is_slow_to_speak_is_answered(serve: Serve) -> None:
    site = serve(WEB_THREADS="1")
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as sock:
        time.sleep(5.5)  # Longer than a thread waits.
        assert "About" in site.get("/about")
        sock.sendall(b"GET /about HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert answers(sock, 1)[0].startswith(b"HTTP/1.1 200")
