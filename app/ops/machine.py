"""What the machine lets this process use."""

import math
import os
from pathlib import Path

CGROUP_CPU_MAX = Path("/sys/fs/cgroup/cpu.max")


def available_cpus(cpu_max: Path = CGROUP_CPU_MAX) -> int:
    """Return the CPUs this process may use: the container's limit, else its affinity; at least 1.

    Source: cgroup v2, `cpu.max` holds quota and period in microseconds, or `max`.
    """
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = cpu_max.read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return cpus
    if quota == "max":
        return cpus
    return max(1, min(cpus, math.ceil(int(quota) / int(period))))


def tmpfs() -> str | None:
    """Return a folder in memory, or None where the system has none."""
    path = Path("/dev/shm")  # noqa: S108
    return str(path) if path.is_dir() and os.access(path, os.W_OK) else None
