"""What the machine lets this process use."""

import math
import os
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")


def available_cpus(cgroup: Path = CGROUP) -> int:
    """Return the CPUs this process may use: the container's limit, else its affinity; at least 1.

    Source: cgroup, quota and period in microseconds; version 2 writes `max` for no limit, version
    1 writes -1.
    """
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = cpu_quota(cgroup)
    except (OSError, ValueError):
        return cpus
    if quota in ("max", "-1"):
        return cpus
    return max(1, min(cpus, math.ceil(int(quota) / int(period))))


def cpu_quota(cgroup: Path) -> tuple[str, str]:
    """Return quota and period as the kernel writes them, in version 2 or 1."""
    version_2 = cgroup / "cpu.max"
    if version_2.exists():
        quota, period = version_2.read_text(encoding="ascii").split()
        return quota, period
    version_1 = [cgroup / "cpu" / name for name in ("cpu.cfs_quota_us", "cpu.cfs_period_us")]
    quota, period = (path.read_text(encoding="ascii").strip() for path in version_1)
    return quota, period


def tmpfs() -> str | None:
    """Return a folder in memory, or None where the system has none."""
    path = Path("/dev/shm")  # noqa: S108
    return str(path) if path.is_dir() and os.access(path, os.W_OK) else None
