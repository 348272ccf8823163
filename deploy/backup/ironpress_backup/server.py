"""A PostgreSQL server of our own on a restored cluster: reachable by its socket only."""

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2

from ironpress_backup import database
from ironpress_backup.programs import BackupError

SOCKET = Path("/tmp/restore")  # noqa: S108
TOO_EARLY = "recovery ended before configured recovery target was reached"
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{socket}'
hba_file = '{socket}/hba.conf'
shared_buffers = 64MB
max_wal_size = 2GB
hot_standby = off
jit = off
restore_command = 'fetch-wal "{wal}" "{key}" "%f" "%p"'
recovery_target_timeline = '{timeline}'
recovery_target_action = 'promote'
"""
USER = "postgres"
SECONDS = 3600


class TargetNotReached(BackupError):
    """Says that the log ended before the moment that was asked for."""


def configure(
    *, wal: Path, key: Path, timeline: str, target: dict[str, str], durable: bool = True
) -> None:
    """Write the server's settings; `target` is a recovery_target_… with its value, or nothing."""
    shutil.rmtree(SOCKET, ignore_errors=True)
    SOCKET.mkdir(mode=0o700)
    (SOCKET / "hba.conf").write_text("local all all trust\n")
    lines = SETTINGS.format(socket=SOCKET, wal=wal, key=key, timeline=timeline)
    lines += "".join(f"{name} = '{value}'\n" for name, value in target.items())
    (SOCKET / "postgresql.conf").write_text(lines + ("" if durable else "fsync = off\n"))


@contextmanager
def running(cluster: Path) -> Iterator[None]:
    """Run a server on a cluster; begins when it takes writes, ends with a clean stop."""
    command = ["postgres", "-D", str(cluster), "-c", f"config_file={SOCKET}/postgresql.conf"]
    with (SOCKET / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603
    try:
        wait_until_recovered(process)
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def wait_until_recovered(process: subprocess.Popen[bytes]) -> None:
    """Wait for the end of the recovery; raise with what the server says when it ends instead."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise failure()
        try:
            with database.connected(host=str(SOCKET), user=USER, dbname="postgres") as connection:
                if database.row(connection, "SELECT NOT pg_is_in_recovery()")[0]:
                    return
        except psycopg2.OperationalError:
            pass
        time.sleep(0.1)
    raise BackupError(f"The recovery did not end in {SECONDS} s.")


def failure() -> BackupError:
    """Return the reason why the server has ended, from its log."""
    lines = (SOCKET / "log").read_text("utf-8", "replace").splitlines()
    fatal = [line for line in lines if "FATAL" in line or "PANIC" in line] or lines[-1:]
    kind = TargetNotReached if TOO_EARLY in "".join(fatal) else BackupError
    return kind(f"PostgreSQL did not start on the restored cluster: {' / '.join(fatal)}")
