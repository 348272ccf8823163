"""The real server, as `make run` starts it."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
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

    def __init__(
        self,
        folder: Path,
        *,
        around: tuple[str, ...] = (),
        options: tuple[str, ...] = (),
        **settings: str,
    ) -> None:
        """Start it; `around` is a command to run it in, `options` are Gunicorn's own."""
        self.port, self.folder = free_port(), folder
        self.output = folder.with_suffix(".log")
        with self.output.open("w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [*around, *SERVE, *options],
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
