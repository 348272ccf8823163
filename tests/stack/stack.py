"""The bundle as the tests hold it: started, asked, looked into and taken down."""

import http.client
import json
import os
import secrets
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from app.settings import ROOT

HOST = "blog.example.org"
ADMIN = ("chief", "Correct-Horse-7")
SERVICES = ("backup", "edge", "postgres", "redis", "web", "worker")
IMAGES = ("app", "backup", "edge", "postgres", "redis", "monitoring")
TAG = os.environ.get("TAG", "latest")
FIRST_START_SECONDS = 240


def run(*command: str, check: bool = True, **options: Any) -> str:
    """Run a command and return what it printed."""
    done = subprocess.run(command, capture_output=True, text=True, **({"cwd": ROOT} | options))
    assert not check or done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(condition: Callable[[], Any], seconds: float = 20) -> Any:
    """Return the first true value of a condition; fail when time is over."""
    deadline = monotonic() + seconds
    while monotonic() < deadline:
        if value := condition():
            return value
        sleep(0.2)
    raise AssertionError(f"not within {seconds} s: {condition}")


def address(container: str) -> str:
    """Return an address of a container that this machine reaches."""
    networks = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}"
    return run("docker", "inspect", "--format", networks, container).split()[0]


def reference(name: str) -> str:
    """Return the reference of one of the bundle's images, as built from this tree."""
    return f"ironpress-{name}:{TAG}"


@dataclass(frozen=True)
class Answer:
    """An answer of the edge."""

    status: int
    headers: list[tuple[str, str]]
    body: str

    def all(self, name: str) -> list[str]:
        """Return the values of every header of a name."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def get(self, name: str) -> str:
        """Return the value of a header that stands once, or an empty text."""
        values = self.all(name)
        assert len(values) <= 1, (name, values)
        return values[0] if values else ""

    @property
    def cache(self) -> str:
        """Return what the edge says of its page cache."""
        return self.get("Cache-Status")


@dataclass
class Stack:
    """A bundle of its own: project, ports, secrets and certificates."""

    folder: Path
    name: str = field(default_factory=lambda: f"ironpress-test-{secrets.token_hex(3)}")
    http_port: int = field(default_factory=free_port)
    https_port: int = field(default_factory=free_port)
    more: dict[str, str] = field(default_factory=dict)

    @classmethod
    def kept(cls, folder: Path) -> "Stack":
        """Return the bundle of a folder that stays from one run to the next."""
        state = folder / "stack.json"
        if state.exists():
            return cls(folder, **json.loads(state.read_text()))
        stack = cls(folder)
        folder.mkdir(parents=True, exist_ok=True)
        ports = {"http_port": stack.http_port, "https_port": stack.https_port}
        state.write_text(json.dumps({"name": stack.name} | ports))
        return stack

    @property
    def environment(self) -> dict[str, str]:
        """Return what the scripts of the bundle read."""
        return {
            **{name: os.environ[name] for name in ("PATH", "HOME", "TAG") if name in os.environ},
            "BUNDLE_DIR": str(self.folder),
            "COMPOSE_PROJECT_NAME": self.name,
            "ENV_FILE": str(self.folder / "no.env"),
            "EDGE_REQUESTS_PER_SECOND": "10000",
            "EDGE_API_REQUESTS_PER_SECOND": "10000",
            "HTTP_PORT": str(self.http_port),
            "HTTPS_PORT": str(self.https_port),
            "SITE_HOST": HOST,
            **self.more,
        }

    @property
    def origin(self) -> str:
        """Return the address that readers type."""
        return f"https://{HOST}:{self.https_port}"

    def script(self, name: str, *arguments: str) -> str:
        """Run a script of the bundle."""
        return run(f"scripts/{name}", *arguments, env=self.environment)

    def start(self) -> None:
        """Bring the bundle up."""
        self.script("up")

    def stop(self) -> None:
        """Take everything down that was started, with its data."""
        self.script("bundle", "down", "--volumes", "--timeout", "5")
        shutil.rmtree(self.folder, ignore_errors=True)

    def containers(self, service: str = "", *, ended: bool = False) -> list[str]:
        """Return the ids of a service's running containers, or of all, ended ones among them."""
        # Asked of the engine: Compose takes a second of two cores for each answer.
        labels = {"project": self.name, "oneoff": "False"} | (
            {"service": service} if service else {}
        )
        found = run(
            *("docker", "ps", "--no-trunc", *(["--all"] if ended else [])),
            *("--format", '{{.Label "com.docker.compose.container-number"}} {{.ID}}'),
            *(
                f"--filter=label=com.docker.compose.{name}={value}"
                for name, value in labels.items()
            ),
        )
        return [line.split()[1] for line in sorted(found.splitlines())]

    def inspect(self, service: str) -> dict[str, Any]:
        """Return what the engine knows of a service's first container."""
        found: dict[str, Any] = json.loads(run("docker", "inspect", self.containers(service)[0]))[0]
        return found

    def python(self, service: str, code: str) -> str:
        """Run Python in a service's first container and return what it printed."""
        return run("docker", "exec", self.containers(service)[0], "python3.13", "-c", code).strip()

    def flask(self, *arguments: str, **variables: str) -> str:
        """Run a command of the application in a web container."""
        given = [item for name, value in variables.items() for item in ("-e", f"{name}={value}")]
        web = self.containers("web")[0]
        return run("docker", "exec", *given, web, "python3.13", "-m", "flask", *arguments)

    def sql(self, statement: str, *, check: bool = True) -> str:
        """Send a statement as the owner of the tables."""
        password = (self.folder / "secrets/postgres_owner_password").read_text().strip()
        psql = ("psql", "-h", "127.0.0.1", "-U", "ironpress_owner", "ironpress", "-c", statement)
        container = self.containers("postgres")[0]
        return run("docker", "exec", "-e", f"PGPASSWORD={password}", container, *psql, check=check)

    def logs(self, service: str) -> str:
        """Return what a service has printed."""
        printed = [
            subprocess.run(
                ["docker", "logs", one], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            ).stdout
            for one in self.containers(service, ended=True)
        ]
        return "".join(printed)

    def tls(self, **versions: ssl.TLSVersion) -> ssl.SSLContext:
        """Return a client that trusts the bundle's own CA and nobody else."""
        context = ssl.create_default_context(cafile=str(self.folder / "ca" / "ca.crt"))
        for name, version in versions.items():
            setattr(context, name, version)
        return context

    def ask(
        self,
        path: str,
        method: str = "GET",
        *,
        body: str | bytes | None = None,
        host: str | None = None,
        **headers: str,
    ) -> Answer:
        """Send one request to the edge by HTTPS; `_` in a header's name stands for `-`."""
        connection = http.client.HTTPSConnection(HOST, self.https_port, timeout=20)
        raw = socket.create_connection(("127.0.0.1", self.https_port), timeout=20)
        connection.sock = self.tls().wrap_socket(raw, server_hostname=HOST)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in {"Host": host or f"{HOST}:{self.https_port}", **sent}.items():
                connection.putheader(name, value)
            data = body.encode() if isinstance(body, str) else body
            if data is not None:
                connection.putheader("Content-Length", str(len(data)))
            connection.endheaders()
            if data is not None:
                with suppress(OSError):  # The edge may refuse it before it was all sent.
                    connection.send(data)
            response = connection.getresponse()
            return Answer(
                response.status, response.getheaders(), response.read().decode("utf-8", "replace")
            )
        finally:
            connection.close()
