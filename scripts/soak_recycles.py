"""Replaces Gunicorn's workers thousands of times under load, and watches the metrics meanwhile.

`python -m scripts.soak_recycles 20000` starts the server on an embedded database with workers that
end after a few requests, kills one at random now and then (SIGKILL), reloads all (SIGHUP), scrapes
all the time, and prints a table. Exit status 1 when a counter went back, the folder grew, a count
was lost, or a request failed that no kill explains.
"""

import http.client
import os
import random
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORKERS = 4
CLIENTS = 4
REQUESTS_OF_A_WORKER = 2
KILL_EVERY, RELOAD_EVERY = 50, 500  # Recycles.
SCRAPE_SECONDS = 0.1
LIMIT_SECONDS = 0.050
SAMPLE = re.compile(r"^(ironpress_\S+(?:_total|_count|_sum|_bucket)(?:\{[^}]*\})?) (\S+)$", re.M)
STARTED = "ironpress_workers_started_total"
ANSWERED = 'ironpress_http_responses_total{code="200"}'


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Soak:
    """A running server, and what has been seen of it."""

    process: subprocess.Popen[bytes]
    folder: Path
    port: int
    metrics_port: int
    ended: threading.Event = field(default_factory=threading.Event)
    counters: dict[str, float] = field(default_factory=dict)
    went_back: list[str] = field(default_factory=list)
    scrapes: list[float] = field(default_factory=list)
    answered: int = 0
    failed: int = 0
    kills: int = 0
    reloads: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def recycles(self) -> int:
        """How many workers have taken another's place."""
        return int(self.counters.get(STARTED, 0)) - WORKERS

    def files(self) -> tuple[int, int]:
        """Return number and size of the metrics' files."""
        sizes = [entry.stat().st_size for entry in os.scandir(self.folder)]
        return len(sizes), sum(sizes)

    def ask(self, port: int, path: str) -> bytes:
        """Send one request on a connection of its own; raises `OSError`."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            connection.request("GET", path, headers={"Connection": "close"})
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                raise OSError(f"status {answer.status}")
            return body
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        finally:
            connection.close()

    def load(self) -> None:
        """Ask for a page again and again."""
        while not self.ended.is_set():
            try:
                self.ask(self.port, "/api/v1/status")
            except OSError:
                with self.lock:
                    self.failed += 1
            else:
                with self.lock:
                    self.answered += 1

    def scrape(self) -> None:
        """Read the metrics once; note the time it took, and each counter that went back."""
        begun = time.perf_counter()
        body = self.ask(self.metrics_port, "/metrics").decode()
        self.scrapes.append(time.perf_counter() - begun)
        seen = {name: float(value) for name, value in SAMPLE.findall(body)}
        for name, before in self.counters.items():
            if seen.get(name, 0.0) < before:
                self.went_back.append(f"{name}: {before} → {seen.get(name)}")
        self.counters = seen

    def disturb(self) -> None:
        """Kill a worker, or reload all, when it is time."""
        if self.recycles >= (self.kills + 1) * KILL_EVERY:
            children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
            workers = children.read_text(encoding="ascii").split()
            if workers:
                with suppress(ProcessLookupError):
                    os.kill(int(random.choice(workers)), signal.SIGKILL)  # noqa: S311
            self.kills += 1
        if self.recycles >= (self.reloads + 1) * RELOAD_EVERY:
            self.process.send_signal(signal.SIGHUP)
            self.reloads += 1


@contextmanager
def server(folder: Path) -> Iterator[Soak]:
    """Run the server with workers that do not live long."""
    metrics = Path(tempfile.mkdtemp(prefix="soak-metrics-", dir="/dev/shm"))
    port, metrics_port = free_port(), free_port()
    settings = {
        "APP_ENV": "default",
        "DATA_DIR": str(folder),
        "PORT": str(port),
        "METRICS_PORT": str(metrics_port),
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        "WEB_CONCURRENCY": str(WORKERS),
        "RUN_WORKER": "false",
        "MAX_REQUESTS": str(REQUESTS_OF_A_WORKER),
        "LOG_LEVEL": "ERROR",
    }
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603  # The project's own server.
            [Path(sys.executable).with_name("gunicorn"), "--config", "gunicorn.conf.py"],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"]} | settings,
            stdout=log,
            stderr=log,
        )
    soak = Soak(process, metrics, port, metrics_port)
    try:
        wait_until_up(soak)
        yield soak
    finally:
        soak.ended.set()
        process.terminate()
        process.wait(60)
        for entry in os.scandir(metrics):
            os.unlink(entry)
        metrics.rmdir()


def wait_until_up(soak: Soak) -> None:
    """Return when site and metrics answer."""
    deadline = time.monotonic() + 60
    while True:
        try:
            soak.ask(soak.port, "/healthz/live")
            soak.scrape()
        except OSError:
            if soak.process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def row(soak: Soak, since: int) -> str:
    """Return a line of the table; scrape times are those since the last line."""
    files, size = soak.files()
    times = sorted(soak.scrapes[since:])
    rss = Path(f"/proc/{soak.process.pid}/statm").read_text(encoding="ascii").split()[1]
    return (
        f"| {soak.recycles} | {soak.kills} | {soak.reloads} | {soak.answered} | {soak.failed} "
        f"| {files} | {size // 1024} | {len(soak.went_back)} "
        f"| {statistics.median(times) * 1000:.1f} | {times[int(len(times) * 0.99)] * 1000:.1f} "
        f"| {times[-1] * 1000:.1f} | {int(rss) * 4 // 1024} | {os.getloadavg()[0]:.1f} |"
    )


def run(soak: Soak, recycles: int, lines: int = 10) -> None:
    """Load, disturb and scrape until so many workers have been replaced."""
    print("| recycles | kills | reloads | answered | failed | files | KiB | counters back "
          "| scrape p50 ms | p99 | max | arbiter MiB | load |")  # fmt: skip
    print("|" + "---|" * 13, flush=True)
    clients = [threading.Thread(target=soak.load) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    printed = since = 0
    while soak.recycles < recycles:
        time.sleep(SCRAPE_SECONDS)
        soak.scrape()
        soak.disturb()
        if soak.recycles * lines // recycles > printed:
            printed = soak.recycles * lines // recycles
            print(row(soak, since), flush=True)
            since = len(soak.scrapes)
    soak.ended.set()
    for client in clients:
        client.join()
    soak.scrape()


def faults(soak: Soak) -> list[str]:
    """Say what should not have been."""
    found = [f"counter went back: {text}" for text in soak.went_back[:5]]
    files, _ = soak.files()
    # A reload has old and new workers side by side, and those that still end.
    if files > 2 * (3 * WORKERS + 1):
        found.append(f"{files} files are there")
    counted = soak.counters.get(ANSWERED, 0)
    # What a killed worker had counted, its client may not have got.
    if not soak.answered <= counted <= soak.answered + soak.failed + soak.kills:
        found.append(f"{soak.answered} answers came, {counted:.0f} were counted")
    if soak.failed > soak.kills * CLIENTS:
        found.append(f"{soak.failed} requests failed, {soak.kills} workers were killed")
    return found


def main(recycles: int) -> int:
    """Run the soak and print what it showed."""
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as soak:
        begun = time.monotonic()
        run(soak, recycles)
        slow = sum(seconds > LIMIT_SECONDS for seconds in soak.scrapes)
        print(
            f"\n{soak.recycles} recycles in {time.monotonic() - begun:.0f} s; "
            f"{len(soak.scrapes)} scrapes, {slow} longer than {LIMIT_SECONDS * 1000:.0f} ms; "
            f"{len(soak.counters)} series of counters."
        )
        found = faults(soak)
    for fault in found:
        print(fault, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
