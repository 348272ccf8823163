"""The containers that run: their health, and what the kernel really holds them to."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scripts.checkup.deployment import Container, Deployment
from scripts.checkup.finding import Finding, Findings

CGROUPS = Path("/sys/fs/cgroup")
PROCESSES = Path("/proc")


def running(deployment: Deployment) -> Findings:
    """Every service runs, is healthy, does not restart, and is held as it should be."""
    for service, declared in deployment.services.items():
        found = deployment.containers.get(service, [])
        states = [
            container["State"].get("Health", {}).get("Status", container["State"]["Status"])
            for container in found
        ]
        # One that does not get through its start is called unhealthy by the engine itself.
        well = bool(states) and set(states) <= {"healthy", "running", "starting"}
        detail = ", ".join(states) or "not running"
        yield Finding(f"service {service}", well, detail, f"make logs SERVICE={service}")
        restarts = sum(container["RestartCount"] for container in found)
        yield Finding(f"restarts {service}", restarts == 0, str(restarts), "Read its logs.")
        hardened = all(is_hardened(container["HostConfig"]) for container in found)
        yield Finding(f"hardening {service}", hardened, "as running", "Was it changed by hand?")
        wrong = sorted({fault for one in found for fault in loose(one, declared)})
        detail = "; ".join(wrong) or "applied by the kernel"
        yield Finding(f"limits {service}", not wrong, detail, "Run make up.")


def is_hardened(host: dict[str, Any]) -> bool:
    """Say whether the engine was told what the bundle says."""
    return bool(
        host["ReadonlyRootfs"]
        and host["CapDrop"] == ["ALL"]
        and "no-new-privileges:true" in host["SecurityOpt"]
        and host["Memory"]
        and host["NanoCpus"]
        and host["PidsLimit"]
        and not host["Privileged"]
    )


def loose(container: Container, declared: dict[str, Any]) -> Iterator[str]:
    """Give what the kernel does not hold a container to, as its own files say."""
    process = PROCESSES / str(container["State"]["Pid"])
    if not process.exists():
        return  # The engine runs on another machine.
    lines = (process / "status").read_text(encoding="utf-8").splitlines()
    status = {key: value.split() for key, _, value in (line.partition(":") for line in lines)}
    if any(int(status[name][0], 16) for name in ("CapEff", "CapBnd")):
        yield "it has capabilities"
    if status["NoNewPrivs"] != ["1"]:
        yield "it may gain rights"
    if status["Seccomp"] != ["2"]:
        yield "no seccomp filter"
    if "0" in status["Uid"]:
        yield "it runs as root"
    for name, limit in {
        "memory": int(declared["mem_limit"]),
        "pids": int(declared["pids_limit"]),
        "cpu": float(declared["cpus"]),
    }.items():
        if (found := applied(process, name)) != limit:
            yield f"{name} {found}, not {limit}"


def applied(process: Path, name: str) -> float | None:
    """Return a limit of a process as its cgroup has it (version 2, then 1); CPUs as a number."""
    for line in (process / "cgroup").read_text(encoding="ascii").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            folder = CGROUPS / path.lstrip("/")
            files = {"memory": "memory.max", "pids": "pids.max", "cpu": "cpu.max"}
        elif name in controllers.split(","):
            folder = CGROUPS / name / path.lstrip("/")
            files = {
                "memory": "memory.limit_in_bytes",
                "pids": "pids.max",
                "cpu": "cpu.cfs_quota_us",
            }
        else:
            continue
        file = folder / files[name]
        if file.exists() and (words := file.read_text(encoding="ascii").split())[0] != "max":
            if name != "cpu":
                return int(words[0])
            period = words[1:] or [(folder / "cpu.cfs_period_us").read_text(encoding="ascii")]
            return int(words[0]) / int(period[0])
    return None
