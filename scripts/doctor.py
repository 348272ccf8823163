"""Checks a deployment of the bundle and says what to do: a table, or JSON, and an exit status.

Run by `scripts/doctor`, which gives the bundle's settings in the environment. Needs nothing but
Python, openssl and the engine. What runs is asked itself; a file that says so is not enough.
"""

import json
import os
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

MIN_FREE_BYTES = 2 << 30
MIN_CERTIFICATE_DAYS = 14
MIN_SECRET_CHARS = 32
OPTIONAL_SECRETS = ("smtp_url",)
SERVICES = ("edge", "web", "worker", "postgres", "redis")
# PostgreSQL keeps these for its superuser.
RESERVED_CONNECTIONS = 3
REQUIRED_HEADERS = (
    "strict-transport-security",
    "content-security-policy",
    "x-content-type-options",
)


@dataclass(frozen=True)
class Finding:
    """What one check found; `advice` says what to do about it."""

    check: str
    ok: bool
    detail: str
    advice: str = ""


def run(*command: str, timeout: float = 60) -> tuple[bool, str]:
    """Run a command; return whether it succeeded, and its output."""
    try:
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, timeout=timeout, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return False, str(error)
    return done.returncode == 0, (done.stdout + done.stderr).strip()


def compose(*arguments: str) -> tuple[bool, str]:
    """Run Compose for this bundle."""
    return run("scripts/bundle", *arguments)


def containers() -> dict[str, list[dict[str, Any]]]:
    """Return what the engine knows of the containers that run, by service."""
    _, output = compose("ps", "--quiet")
    ids = [word for word in output.split() if len(word) == 64]
    found: dict[str, list[dict[str, Any]]] = {}
    if ids:
        for container in json.loads(run("docker", "inspect", *ids)[1]):
            service = container["Config"]["Labels"]["com.docker.compose.service"]
            found.setdefault(service, []).append(container)
    return found


def engine() -> Iterator[Finding]:
    """The engine answers, with Compose and BuildKit."""
    for name in ("compose", "buildx"):
        ok, output = run("docker", name, "version")
        yield Finding(f"docker {name}", ok, output.splitlines()[0][:60], "Run make engine.")
    ok, output = run("docker", "version", "--format", "{{.Server.Version}}")
    yield Finding("docker engine", ok, output.splitlines()[-1][:60], "Run make engine.")


def secrets(folder: Path, uid: int) -> Iterator[Finding]:
    """Every secret is there, long enough, and readable by the containers' user only."""
    listed = Path("docker-compose.prod.yml").read_text(encoding="utf-8").splitlines()
    names = [line.split("/secrets/")[1].split('"')[0] for line in listed if "/secrets/" in line]
    for name in sorted({name for name in names if name.isidentifier()}):
        path = folder / name
        if not path.exists():
            yield Finding(f"secret {name}", False, "missing", "Run make secrets.")
            continue
        state = path.stat()
        mode = stat.S_IMODE(state.st_mode)
        long_enough = name in OPTIONAL_SECRETS or state.st_size >= MIN_SECRET_CHARS
        yield Finding(
            f"secret {name}",
            mode == 0o400 and state.st_uid == uid and long_enough,
            f"mode {mode:04o}, uid {state.st_uid}, {state.st_size} bytes",
            f"Expected mode 0400, uid {uid}, {MIN_SECRET_CHARS} bytes or more: make secrets.",
        )


def certificate(folder: Path, host: str) -> Iterator[Finding]:
    """The certificate is for this host, lasts a while and belongs to its key."""
    path = str(folder / "site.crt")
    advice = "Run make certs, or put your own into site.crt and site.key."
    ok, _ = run("openssl", "x509", "-in", path, "-noout", "-checkend", "0")
    lasts, output = run(
        "openssl", "x509", "-in", path, "-noout", "-enddate", "-checkend",
        str(MIN_CERTIFICATE_DAYS * 86400),
    )  # fmt: skip
    yield Finding("certificate", ok and lasts, output.splitlines()[0][:60], advice)
    matches = "does match" in run("openssl", "x509", "-in", path, "-noout", "-checkhost", host)[1]
    yield Finding("certificate host", matches, host, advice)
    public = run("openssl", "x509", "-in", path, "-noout", "-pubkey")[1]
    own = run("openssl", "pkey", "-in", str(folder / "site.key"), "-pubout")[1]
    yield Finding("certificate key", public == own, "belongs to the certificate", advice)


def machine(host: str, folder: Path) -> Iterator[Finding]:
    """The host's name resolves and there is room on the disks."""
    try:
        address, ok = socket.gethostbyname(host), True
    except OSError as error:
        address, ok = str(error), False
    yield Finding("name of the site", ok, f"{host}: {address}", "Add a record to your DNS.")
    engine_folder = run("docker", "info", "--format", "{{.DockerRootDir}}")[1]
    for place in (str(folder), engine_folder):
        if os.path.isdir(place):
            free = shutil.disk_usage(place).free
            yield Finding(
                f"disk {place}", free > MIN_FREE_BYTES, f"{free >> 30} GiB free", "Make room."
            )


def running(found: dict[str, list[dict[str, Any]]]) -> Iterator[Finding]:
    """Every service runs, is healthy, does not restart, and is as hardened as it should be."""
    for service in SERVICES:
        states = [
            container["State"].get("Health", {}).get("Status", container["State"]["Status"])
            for container in found.get(service, [])
        ]
        # One that does not get through its start is called unhealthy by the engine itself.
        well = bool(states) and set(states) <= {"healthy", "running", "starting"}
        yield Finding(
            f"service {service}",
            well,
            ", ".join(states) or "not running",
            f"make logs SERVICE={service}",
        )
        restarts = sum(container["RestartCount"] for container in found.get(service, []))
        yield Finding(f"restarts {service}", restarts == 0, str(restarts), "Read its logs.")
        hardened = all(is_hardened(container["HostConfig"]) for container in found.get(service, []))
        yield Finding(f"hardening {service}", hardened, "as running", "Was it changed by hand?")


def is_hardened(host: dict[str, Any]) -> bool:
    """Say whether the limits that the engine applies are those of the bundle."""
    return bool(
        host["ReadonlyRootfs"]
        and host["CapDrop"] == ["ALL"]
        and "no-new-privileges:true" in host["SecurityOpt"]
        and host["Memory"]
        and host["NanoCpus"]
        and host["PidsLimit"]
        and not host["Privileged"]
    )


def application(found: dict[str, list[dict[str, Any]]]) -> Iterator[Finding]:
    """The tables are those of this release, and the connections suffice, deploys included."""
    web = found["web"][0]["Id"]
    flask = ("docker", "exec", web, "python3.13", "-m", "flask")
    current, head = (
        [line.split()[0] for line in run(*flask, "db", word)[1].splitlines() if "(head)" in line]
        for word in ("current", "heads")
    )
    yield Finding(
        "migrations", bool(head) and current == head, f"{current} of {head}", "Run make up."
    )
    code = (
        "from app.config import load_settings; from app.ops import machine;"
        "s = load_settings('production');"
        "workers = s.web_concurrency or machine.available_cpus() + 1;"
        "print(workers * (s.database_pool_size + s.database_max_overflow))"
    )
    output = run("docker", "exec", web, "python3.13", "-c", code)[1]
    each = int(output) if output.isdigit() else 0
    limit = int(os.environ.get("MAX_CONNECTIONS") or 100) - RESERVED_CONNECTIONS
    # Twice while a deploy has both releases running; worker and migration besides.
    needed = 2 * len(found["web"]) * each + 5
    yield Finding(
        "connection budget",
        each > 0 and needed <= limit,
        f"{needed} of {limit}",
        "Lower WEB_REPLICAS or DATABASE_POOL_SIZE, or raise MAX_CONNECTIONS.",
    )


def site(url: str, folder: Path, port: str) -> Iterator[Finding]:
    """The site answers by HTTPS with its headers."""
    ok, output = run(
        "curl", "--silent", "--show-error", "--head", "--max-time", "10",
        "--cacert", str(folder / "ca/ca.crt"), "--connect-to", f"::127.0.0.1:{port}", f"{url}/",
    )  # fmt: skip
    status, *lines = output.splitlines() or [""]
    yield Finding("site", ok and " 200" in status, status[:60], "make logs SERVICE=edge")
    names = {line.partition(":")[0].lower() for line in lines}
    missing = [name for name in REQUIRED_HEADERS if name not in names]
    yield Finding("headers", ok and not missing, f"missing: {missing or 'none'}", "")


def examine() -> list[Finding]:
    """Run every check that makes sense now: those of what runs only when something runs."""
    folder, host = Path(os.environ["BUNDLE_DIR"]), os.environ["SITE_HOST"]
    checks: list[Callable[[], Iterator[Finding]]] = [
        engine,
        lambda: secrets(folder / "secrets", int(os.environ["BUNDLE_UID"])),
        lambda: certificate(folder / "certs", host),
        lambda: machine(host, folder),
    ]
    if found := containers():
        checks.append(lambda: running(found))
        if "web" in found:
            checks.append(lambda: application(found))
        checks.append(lambda: site(os.environ["SITE_URL"], folder, os.environ["HTTPS_PORT"]))
    return [finding for check in checks for finding in check()]


def main() -> int:
    """Print what was found; return 1 when anything is wrong."""
    findings = examine()
    if "--json" in sys.argv[1:]:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            advice = "" if finding.ok else f"  → {finding.advice}"
            mark = "ok  " if finding.ok else "BAD "
            print(f"{mark} {finding.check:32} {finding.detail}{advice}")
    return 0 if all(finding.ok for finding in findings) else 1


if __name__ == "__main__":
    sys.exit(main())
