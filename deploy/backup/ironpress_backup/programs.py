"""Runs programs one into the next, and says which of them failed and why."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO, cast

CHUNK = 1 << 20


class BackupError(Exception):
    """Carries a sentence for the operator."""


@contextmanager
def piped(*commands: list[str], source: IO[bytes] | None = None) -> Iterator[IO[bytes]]:
    """Give the output of the last of these programs; raise when any of them fails."""
    with ExitStack() as stack:
        running: list[tuple[str, subprocess.Popen[bytes], IO[bytes]]] = []
        stream = source
        for command in commands:
            errors = stack.enter_context(tempfile.TemporaryFile())
            process = stack.enter_context(
                subprocess.Popen(  # noqa: S603
                    command,
                    stdin=stream or subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                )
            )
            if running and stream:
                stream.close()  # So that the program before notices when its reader ends.
            running.append((command[0], process, errors))
            stream = process.stdout
        try:
            yield cast(IO[bytes], stream)
        except BaseException:
            for _, process, _ in running:
                process.kill()
            raise
        for name, process, messages in running:
            if process.wait():
                raise BackupError(f"{name} failed: {said(messages)}")


def said(errors: IO[bytes]) -> str:
    """Return the last line that a program has written."""
    errors.seek(0)
    lines = errors.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"


def run(*command: str) -> str:
    """Run one program and return what it printed, its messages included."""
    done = subprocess.run(  # noqa: S603
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        lines = done.stdout.strip().splitlines() or ["it said nothing"]
        raise BackupError(f"{command[0]} failed: {lines[-1]}")
    return done.stdout
