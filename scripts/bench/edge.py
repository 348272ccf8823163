"""P1: a hot page through the edge against nginx sending the same bytes from a file.

Both are the same image with the same certificate on the same core, and are asked as browsers ask,
for gzip; what is compared is CPU time for a request, and the latency of paced requests.
"""

import shutil
import time
from dataclasses import replace
from pathlib import Path
from statistics import median, quantiles

from scripts.bench.generator import TAKES_GZIP, Target, Void, ask_many, connections, fetch
from scripts.bench.rows import Row
from scripts.bench.servers import SERVER_CORE
from tests.stack.stack import HOST, Stack, reference, run, wait_until

REPEATS, REQUESTS = 9, 800
PACED_SECONDS = 4.0
REQUESTS_OF_A_CONNECTION = 500  # The edge closes one after a thousand.
STATIC = """
error_log stderr crit;
pid /tmp/bench.pid;
worker_processes 1;
events {}
http {
    include /etc/nginx/http/tls.conf;
    include /etc/nginx/mime.types;
    access_log off;
    sendfile on;
    tcp_nodelay on;
    keepalive_requests 100000000;
    client_body_temp_path /tmp/b; proxy_temp_path /tmp/p; fastcgi_temp_path /tmp/f;
    uwsgi_temp_path /tmp/u; scgi_temp_path /tmp/s;
    server {
        listen 8443 ssl;
        ssl_certificate /bench/site.crt;
        ssl_certificate_key /bench/site.key;
        root /bench;
        gzip_static always;
        open_file_cache max=10;
    }
}
"""


class Container:
    """A container whose processes' CPU time is counted."""

    def __init__(self, name: str, target: Target) -> None:
        self.name, self.target = name, target

    def cpu_seconds(self) -> float:
        """Return the CPU time that its processes have used (s)."""
        pids = run("docker", "top", self.name, "-o", "pid").split()[1:]
        files = [file for pid in pids for file in Path(f"/proc/{pid}/task").glob("*/schedstat")]
        return sum(int(file.read_text().split()[0]) for file in files) / 1e9

    def cost(self, expected: bytes) -> float:
        """Return the CPU seconds of one request."""
        before = self.cpu_seconds()
        ask_many(self.target, REQUESTS, expected)
        return (self.cpu_seconds() - before) / REQUESTS


def hot_page_rows(stack: Stack, path: str) -> list[Row]:
    """Measure P1 on a bundle."""
    target = Target(stack.https_port, path, HOST, stack.tls(), TAKES_GZIP)
    edge = Container(stack.containers("edge")[0], target)
    run("docker", "update", "--cpuset-cpus", str(SERVER_CORE), edge.name)
    page = fetch(edge.target)
    folder = stack.folder / "bench"
    folder.mkdir()
    (folder / "page.html.gz").write_bytes(page)
    (folder / "nginx.conf").write_text(STATIC, encoding="ascii")
    for name in ("site.crt", "site.key"):
        shutil.copy(stack.folder / "certs" / name, folder / name)
        (folder / name).chmod(0o644)
    folder.chmod(0o755)
    name = f"{stack.name}-bench"
    run(
        *("docker", "run", "--detach", "--rm", "--name", name, "--publish", "127.0.0.1::8443"),
        *("--cpuset-cpus", str(SERVER_CORE), "--volume", f"{folder}:/bench:ro"),
        *("--tmpfs", "/tmp:mode=1777", reference("edge"), "-c", "/bench/nginx.conf"),  # noqa: S108
        *("-g", "daemon off;"),
    )
    try:
        port = int(run("docker", "port", name, "8443").rpartition(":")[2])
        static = Container(name, replace(target, port=port, path="/page.html"))
        wait_until(lambda: answers(static.target))
        return compared(edge, static, page)
    finally:
        run("docker", "rm", "--force", name)


def answers(target: Target) -> bool:
    """Say whether a server has begun to answer."""
    try:
        return bool(fetch(target))
    except OSError:
        return False


def compared(edge: Container, static: Container, page: bytes) -> list[Row]:
    """Compare the costs of a request, and the latencies of requests that come one by one."""
    ratios, costs, tails = [], [], []
    for container in (edge, static):
        container.cost(page)  # Warms up.
    for _ in range(REPEATS):
        ours, limit = edge.cost(page), static.cost(page)
        ratios.append(limit / ours)
        costs.append((1e6 * ours, 1e6 * limit))
    rate = one_by_one(edge.target, page) / 2
    for _ in range(5):
        tails.append((p99(edge.target, rate, page), p99(static.target, rate, page)))
    low, middle, high = quantiles(ratios, n=4)
    ours, limit = (median(values) for values in zip(*costs, strict=True))
    rows = [Row("P1", "hot page, edge", middle, low, high, 0.95, True, "", ours, limit)]
    low, middle, high = quantiles([ours / limit for ours, limit in tails], n=4)
    ours, limit = (1e6 * median(values) for values in zip(*tails, strict=True))
    what = "p99 at half of one reader's rate"
    return [*rows, Row("P1", what, middle, low, high, 1.15, False, "×", ours, limit)]


def one_by_one(target: Target, expected: bytes) -> float:
    """Return how many requests a second are answered to one who waits for each."""
    with connections(target, 1) as (connection,):
        begun = time.perf_counter()
        for _ in range(REQUESTS_OF_A_CONNECTION):
            if connection.ask() != (200, expected):
                raise Void("another answer")
        return REQUESTS_OF_A_CONNECTION / (time.perf_counter() - begun)


def p99(target: Target, rate: float, expected: bytes) -> float:
    """Return the latency of paced requests (s), counted from when each was due."""
    times = []
    count = int(rate * PACED_SECONDS)
    with connections(target, 1 + count // REQUESTS_OF_A_CONNECTION) as opened:
        begun = time.perf_counter() + 0.01
        for number in range(count):
            due = begun + number / rate
            while time.perf_counter() < due:
                pass
            status, body = opened[number % len(opened)].ask()
            if status != 200 or body != expected:
                raise AssertionError(f"status {status}")
            times.append(time.perf_counter() - due)
    times.sort()
    return times[int(0.99 * len(times))]
