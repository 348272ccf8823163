"""The machine: name, disks, clock, ports and memory."""

import ctypes
import errno
import os
import shutil
import socket
import time
from pathlib import Path

from scripts.checkup.deployment import Deployment
from scripts.checkup.finding import Finding, Findings, run

MIN_FREE_BYTES = 2 << 30
STA_UNSYNC = 0x40  # adjtimex(2)
# No release is older than this; a clock that says so has lost its battery.
EARLIEST = 1_764_547_200  # 2025-12-01


def name(deployment: Deployment) -> Findings:
    """The host's name resolves, and the edge answers to it."""
    try:
        address, ok = socket.gethostbyname(deployment.host), True
    except OSError as error:
        address, ok = str(error), False
    detail = f"{deployment.host}: {address}"
    yield Finding("name of the site", ok, detail, "Add a record to your DNS.")
    written = deployment.folder / "site/server_name.conf"
    if written.exists():
        words = written.read_text(encoding="utf-8").replace(";", " ").split()
        detail = " ".join(words[1:])
        yield Finding("name at the edge", deployment.host in words, detail, "Run make up.")


def disks(deployment: Deployment) -> Findings:
    """There is room where the bundle and the engine write."""
    engine_folder = run("docker", "info", "--format", "{{.DockerRootDir}}")[1]
    for place in (str(deployment.folder), engine_folder):
        if os.path.isdir(place):
            free = shutil.disk_usage(place).free
            yield Finding(
                f"disk {place}", free > MIN_FREE_BYTES, f"{free >> 30} GiB free", "Make room."
            )


def clock(_: Deployment) -> Findings:
    """The clock is plausible, and something keeps it right."""
    now = time.time()
    shown = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now))
    yield Finding("clock", now > EARLIEST, shown, "Set the clock: tokens and certificates need it.")
    # struct timex: the status stands behind four longs and an int of padding.
    buffer = ctypes.create_string_buffer(512)
    if ctypes.CDLL(None).adjtimex(buffer) >= 0:
        long = ctypes.sizeof(ctypes.c_long)
        status = ctypes.c_int.from_buffer(buffer, 5 * long).value
        yield Finding(
            "clock kept right",
            not status & STA_UNSYNC,
            "by a time service" if not status & STA_UNSYNC else "by nobody",
            "Run chrony or systemd-timesyncd on this machine.",
            warning=True,
        )


def ports(deployment: Deployment) -> Findings:
    """Nobody else listens where the edge will."""
    if "edge" in deployment.containers:
        return
    for port in deployment.ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("", port))
                problem = ""
            except OSError as error:
                problem = os.strerror(error.errno or errno.EIO)
        advice = "Stop what listens there, or set HTTP_PORT and HTTPS_PORT."
        # Whoever may not bind it lets the engine do so.
        free = not problem or problem == os.strerror(errno.EACCES)
        yield Finding(f"port {port}", free, problem or "free", advice)


def memory(deployment: Deployment) -> Findings:
    """Everything at its limit fits the machine, with both releases of a deploy running."""
    limits = {
        service: int(declared["mem_limit"]) * (declared.get("deploy") or {}).get("replicas", 1)
        for service, declared in deployment.services.items()
    }
    needed = sum(limits.values()) + limits.get("web", 0)
    total = next(
        int(line.split()[1]) << 10
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        if line.startswith("MemTotal:")
    )
    detail = f"limits of {needed >> 20} MiB (a deploy's too) of {total >> 20} MiB"
    advice = "Lower WEB_REPLICAS, or take a bigger machine."
    yield Finding("memory of the machine", needed < total, detail, advice)
