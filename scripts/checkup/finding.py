"""What a check finds, and how it asks."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

Findings = Iterator["Finding"]


@dataclass(frozen=True)
class Finding:
    """What one check found; `advice` says what to do about it.

    A warning is worth a look and no reason to stop: it does not change the exit status.
    """

    check: str
    ok: bool
    detail: str
    advice: str = ""
    warning: bool = False

    @property
    def fault(self) -> bool:
        """Say whether the deployment is wrong."""
        return not self.ok and not self.warning


def run(*command: str, timeout: float = 60, stdin: str | None = None) -> tuple[bool, str]:
    """Run a command; return whether it succeeded, and its output."""
    try:
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, timeout=timeout, check=False, input=stdin
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return False, str(error)
    return done.returncode == 0, (done.stdout + done.stderr).strip()


def first_line(output: str) -> str:
    """Return what fits into the table."""
    return (output.splitlines() or [""])[0][:60]
