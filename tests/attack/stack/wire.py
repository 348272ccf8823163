"""Raw bytes to the edge and to Gunicorn, what came back, and what each of them has logged."""

import json
import re
import socket
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from tests.stack.front import Edge
from tests.stack.stack import Stack, run

STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
QUIET_SECONDS = 3.0
LONGEST_SECONDS = 20


@dataclass(frozen=True)
class Reply:
    """Everything that a connection has answered."""

    content: bytes
    # By the server, before it was told that no more would come.
    is_ended: bool

    @property
    def statuses(self) -> list[int]:
        """Return the status of each answer; 100 is none."""
        found = [int(status) for status in STATUS.findall(self.content)]
        return [status for status in found if status != 100]


def own_edge(stack: Stack) -> Edge:
    """Return the bundle's own edge, by its own address: no proxy of the engine between."""
    outside = stack.inspect("edge")["NetworkSettings"]["Networks"][f"{stack.name}_outside"]
    return Edge(stack.containers("edge")[0], outside["IPAddress"], outside["Gateway"], stack)


def web_address(stack: Stack) -> tuple[str, int]:
    """Return where the first web container's Gunicorn listens."""
    return web_addresses(stack)[0]


def web_addresses(stack: Stack) -> list[tuple[str, int]]:
    """Return where each of the web containers' Gunicorns listens."""
    containers = json.loads(run("docker", "inspect", *stack.containers("web")))
    networks = [one["NetworkSettings"]["Networks"][f"{stack.name}_front"] for one in containers]
    return [(network["IPAddress"], 8000) for network in networks]


def talk(connection: socket.socket, sent: bytes) -> Reply:
    """Send bytes and return what comes back; once it is quiet, say that no more will be sent."""
    received = bytearray()
    told = False
    deadline = time.monotonic() + LONGEST_SECONDS
    try:
        connection.sendall(sent)
        connection.settimeout(QUIET_SECONDS)
        while time.monotonic() < deadline:
            try:
                data = connection.recv(65536)
            except TimeoutError:
                if told:
                    break
                told = True
                # Of the connection below TLS, whose answers can still be read.
                socket.socket.shutdown(connection, socket.SHUT_WR)
                continue
            if not data:
                break
            received += data
    except OSError:
        pass  # Ended in the middle: what came before it counts.
    return Reply(bytes(received), is_ended=not told)


def lines(container: str) -> list[dict[str, Any]]:
    """Return what a container has logged as JSON."""
    logged = run("docker", "logs", container)
    return [json.loads(line) for line in logged.splitlines() if line.startswith("{")]


def requests_by_path(containers: list[str], prefix: str) -> dict[str, set[str]]:
    """Return the numbers of the requests whose path begins so, by path, as they were logged."""
    time.sleep(0.5)  # The edge writes its lines five times a second.
    found = defaultdict(set)
    for container in containers:
        for line in lines(container):
            path = line.get("url.path", "")
            if path.startswith(prefix) and "http.response.status_code" in line:
                found[path].add(line["http.request.id"])
    return found
