"""Eats the memory of a container until the kernel ends one of its processes.

python -m tests.drills.eater CGROUP: joins the container's control group and takes a little more
each time until somebody had to go. Whoever is there already goes first.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

STEP_BYTES = 4 << 20
SECONDS = 20.0


def main(group: Path) -> int:
    """Eat; return 0 when the kernel has ended a process of the group."""
    inhabitants = (group / "cgroup.procs").read_text().split()
    prefer(inhabitants, "1000")
    (group / "cgroup.procs").write_text(str(os.getpid()))
    eaten, before = [], kills(group)
    deadline = monotonic() + SECONDS
    while kills(group) == before and monotonic() < deadline:
        eaten.append(b"x" * STEP_BYTES)
        sleep(0.002)
    prefer(inhabitants, "0")
    return int(kills(group) == before)


def prefer(processes: list[str], score: str) -> None:
    """Tell the kernel how gladly to end processes."""
    for number in processes:
        with suppress(OSError):  # One of them is gone at the end.
            Path(f"/proc/{number}/oom_score_adj").write_text(score)


def kills(group: Path) -> int:
    """Return how many processes of the group the kernel has ended for want of memory."""
    for name in ("memory.events", "memory.oom_control"):
        path = group / name
        if path.exists():
            pairs = dict(line.split() for line in path.read_text().splitlines())
            return int(pairs["oom_kill"])
    raise SystemExit(f"{group} counts no ends for want of memory")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
