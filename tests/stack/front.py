"""An edge of its own settings, in front of the same application; and raw connections to it."""

import json
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.stack.stack import HOST, Stack, reference, run, wait_until


@dataclass(frozen=True)
class Edge:
    """An edge beside the bundle's own one; `gateway` is the address that its visitors have."""

    container: str
    address: str
    gateway: str
    stack: Stack

    def connect(
        self, port: int = 8443, *, before: bytes = b"", context: ssl.SSLContext | None = None
    ) -> ssl.SSLSocket:
        """Open a TLS connection; some bytes may come before it, as load balancers send them."""
        raw = socket.create_connection((self.address, port), timeout=10)
        raw.sendall(before)
        return (context or self.stack.tls()).wrap_socket(raw, server_hostname=HOST)

    def ask(
        self, path: str, *, port: int = 8443, before: bytes = b"", **headers: str
    ) -> tuple[int, str]:
        """Send a request; return the status, and its number in the logs."""
        sent = {"Host": HOST, "Connection": "close"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items())]
        with self.connect(port, before=before) as client:
            client.sendall("\r\n".join([*lines, "", ""]).encode())
            answer = b"".join(iter(lambda: client.recv(65536), b"")).decode("utf-8", "replace")
        head = answer.partition("\r\n\r\n")[0].splitlines()
        found = dict(line.split(": ", 1) for line in head[1:])
        return int(head[0].split()[1]), found["X-Request-ID"]

    def client_of(self, number: str) -> str:
        """Return the address that the edge has logged as a request's client."""

        def line() -> dict[str, Any] | None:
            for text in run("docker", "logs", self.container).splitlines():
                if number in text:
                    found: dict[str, Any] = json.loads(text)
                    return found
            return None

        address: str = wait_until(line)["client.ip"]
        return address


@contextmanager
def another_edge(stack: Stack, folder: Path, **settings: str) -> Iterator[Edge]:
    """Start an edge with settings of its own; it is gone afterwards."""
    prepare(stack, folder, **settings)
    with running_edge(stack, folder) as edge:
        yield edge


def prepare(stack: Stack, folder: Path, **settings: str) -> None:
    """Write what an edge of its own settings reads."""
    for name in ("ca", "certs", "secrets"):
        if not (folder / name).exists():
            shutil.copytree(stack.folder / name, folder / name)
    if (stack.folder / "release").exists():  # A deploy has made another generation current.
        shutil.copy(stack.folder / "release", folder / "release")
    environment = {**stack.environment, "BUNDLE_DIR": str(folder), **settings}
    for script in ("scripts/certs", "scripts/site"):
        run(script, env=environment)
    for path in folder.rglob("*.key"):
        shutil.chown(path, 10001)
    shutil.chown(folder / "secrets/edge_refresh", 10001)


@contextmanager
def running_edge(
    stack: Stack, folder: Path, *, configuration: Path | None = None, image: str = "edge"
) -> Iterator[Edge]:
    """Start an edge of a prepared folder, with another configuration than the image's if given."""
    volumes = {
        "certs": "/etc/nginx/certs",
        "site": "/etc/nginx/site",
        "secrets/edge_refresh": "/run/secrets/edge_refresh",
    }
    if configuration:
        volumes |= {
            str(configuration / part): f"/etc/nginx/{part}"
            for part in ("nginx.conf", "http", "snippets")
        }
    mounts = [f"--volume={folder / name}:{target}:ro" for name, target in volumes.items()]
    container = run(
        "docker", "run", "--detach", "--user", "10001:0", "--read-only",
        "--tmpfs", "/tmp:mode=1777", "--tmpfs", "/var/cache/nginx:uid=10001",
        "--network", f"{stack.name}_front", *mounts, reference(image),
    ).strip()  # fmt: skip
    try:
        run("docker", "network", "connect", f"{stack.name}_outside", container)
        networks = json.loads(run("docker", "inspect", container))[0]["NetworkSettings"]["Networks"]
        outside = networks[f"{stack.name}_outside"]
        edge = Edge(container, outside["IPAddress"], outside["Gateway"], stack)
        wait_until(lambda: listens(edge) or stopped(container))
        yield edge
    finally:
        run("docker", "rm", "--force", container)


def listens(edge: Edge) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((edge.address, 8443)) == 0


def stopped(container: str) -> None:
    state = run("docker", "inspect", "--format", "{{.State.Status}}", container).strip()
    logged = subprocess.run(["docker", "logs", container], capture_output=True, text=True)
    assert state == "running", logged.stdout + logged.stderr
