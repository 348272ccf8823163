"""How busy the bundle's containers are while a run goes on: asked of the container engine.

`python -m loadtests.saturation PROJECT FILE` appends a line of JSON a second until it is ended.
"""

import http.client
import json
import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

SOCKET = "/var/run/docker.sock"
INTERVAL = 1.0


class Engine(http.client.HTTPConnection):
    """A connection to the engine's socket."""

    def connect(self) -> None:
        """Open the socket."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(10)
        self.sock.connect(SOCKET)


def ask(path: str) -> Any:
    """Return the engine's answer."""
    connection = Engine("localhost")
    try:
        connection.request("GET", path)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def containers(project: str) -> dict[str, str]:
    """Return service and id of the project's containers."""
    filters = quote(json.dumps({"label": [f"com.docker.compose.project={project}"]}))
    return {
        item["Id"]: item["Labels"]["com.docker.compose.service"]
        for item in ask(f"/containers/json?filters={filters}")
    }


def look(identity: str) -> tuple[float, float, float]:
    """Return the CPU time that a container has used (s), when, and its memory (MB)."""
    stats = ask(f"/containers/{identity}/stats?stream=false&one-shot=true")
    used = stats["cpu_stats"]["cpu_usage"]["total_usage"] / 1e9
    return used, time.monotonic(), stats["memory_stats"].get("usage", 0) / 1e6


def samples(project: str) -> Iterator[dict[str, Any]]:
    """Yield the cores each service used since the last sample, and its memory in MB."""
    last: dict[str, tuple[float, float]] = {}
    # Side by side: the engine takes up to a second for each.
    pool = ThreadPoolExecutor(max_workers=16)
    while True:
        cores: dict[str, float] = {}
        memory: dict[str, float] = {}
        services = containers(project)
        looks = pool.map(look, services)
        for (identity, service), (used, now, size) in zip(services.items(), looks, strict=True):
            if identity in last:
                before, then = last[identity]
                cores[service] = cores.get(service, 0) + (used - before) / (now - then)
            last[identity] = (used, now)
            memory[service] = memory.get(service, 0) + size
        yield {"second": int(time.time()), "cores": cores, "memory": memory}
        time.sleep(INTERVAL)


def main(project: str, path: str) -> None:
    """Write samples until ended; where no engine answers there is nothing to write."""
    with Path(path).open("w", encoding="utf-8") as file:
        try:
            for sample in samples(project):
                file.write(json.dumps(sample) + "\n")
                file.flush()
        except (OSError, KeyError):
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
