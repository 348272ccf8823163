"""What Gunicorn's arbiter sees of its workers and its sockets, looked at when Prometheus asks."""

import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from app.metric_files import ROOM, directory
from app.metrics import PREFIX

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
# Where Linux' tcp_info holds the length of a listener's queue, and its limit.
QUEUE = struct.Struct("24xII")
TCP_INFO_BYTES = 32


def gauge(name: str, text: str, value: float | None = None) -> GaugeMetricFamily:
    """Return a state."""
    return GaugeMetricFamily(f"{PREFIX}{name}", text, value=value)


class ArbiterCollector(Collector):
    """Collects it; `server` is Gunicorn's arbiter, None when only the names are wanted."""

    def __init__(self, server: Any = None) -> None:
        self.server = server

    def describe(self) -> list[Metric]:
        """Return the metrics without their numbers."""
        return list(ArbiterCollector().collect())

    def collect(self) -> Iterator[Metric]:
        """Look at workers, sockets and files."""
        workers = list(self.server.WORKERS.items()) if self.server else []
        wanted = self.server.num_workers if self.server else 0
        yield gauge("workers", "Live workers.", len(workers))
        yield gauge("workers_wanted", "Workers that there should be.", wanted)
        memory = GaugeMetricFamily(
            f"{PREFIX}worker_resident_memory_bytes", "Memory of a worker.", labels=["slot"]
        )
        for pid, worker in workers:
            if resident := resident_bytes(pid):
                memory.add_metric([str(worker.slot)], resident)
        yield memory
        waiting, limit = backlog(self.server.LISTENERS if self.server else [])
        yield gauge("listen_backlog", "Connections that no worker has accepted yet.", waiting)
        yield gauge("listen_backlog_limit", "Most that may wait; more are dropped.", limit)
        yield CounterMetricFamily(
            f"{PREFIX}listen_overflows_total",
            "Connections dropped because a queue was full (all of the container).",
            value=listen_overflows(),
        )
        count, size, usable = files_state(directory())
        yield gauge("metrics_files", "Files of the workers' metrics.", count)
        yield gauge("metrics_bytes", "Their size.", size)
        yield gauge("metrics_directory_usable", "0 when it is missing or full.", usable)


def resident_bytes(pid: int) -> int | None:
    """Return the memory of a process, or None when it has ended."""
    try:
        statm = Path(f"/proc/{pid}/statm").read_text(encoding="ascii")
    except OSError:
        return None
    return int(statm.split()[1]) * PAGE_BYTES


def backlog(listeners: list[Any]) -> tuple[int, int]:
    """Return how many connections wait to be accepted, and how many may."""
    waiting = limit = 0
    for listener in listeners:
        if listener.sock.family not in (socket.AF_INET, socket.AF_INET6):
            continue
        try:
            info = listener.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_BYTES)
        except (OSError, AttributeError):  # Not Linux, or closed by now.
            continue
        more, most = QUEUE.unpack(info)
        waiting, limit = waiting + more, limit + most
    return waiting, limit


def listen_overflows() -> int:
    """Return how often the kernel has dropped a connection for want of room."""
    try:
        lines = Path("/proc/net/netstat").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    names, numbers = (line.split() for line in lines[:2])
    return int(dict(zip(names, numbers, strict=True)).get("ListenOverflows", 0))


def files_state(folder: Path | None) -> tuple[int, int, int]:
    """Return number and size of the metrics' files, and 1 if another one could be written."""
    if folder is None:
        return 0, 0, 0
    try:
        sizes = [entry.stat().st_size for entry in os.scandir(folder)]
        free = os.statvfs(folder)
    except OSError:
        return 0, 0, 0
    return len(sizes), sum(sizes), int(free.f_bavail * free.f_frsize >= ROOM)
