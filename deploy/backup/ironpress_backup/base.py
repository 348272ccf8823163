"""Base backups: a copy of the whole cluster, from which the log leads to any later moment."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ironpress_backup import database, files, lsn, wal
from ironpress_backup.archive import Archive
from ironpress_backup.programs import BackupError, piped
from ironpress_backup.settings import Settings

COMMAND = (
    "pg_basebackup --no-password --checkpoint=fast --format=tar --pgdata=- --wal-method=none "
    "--manifest-checksums=SHA256 --label=ironpress"
)
# Asked before and after: the backup needs the log from the one to the other.
WHERE = """
SELECT (SELECT system_identifier::text FROM pg_control_system()),
    pg_current_wal_insert_lsn()::text, substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8)
"""
# Kept whatever their age: one that may turn out to be bad must not be the only one.
MIN_KEPT = 2
UNFINISHED_SECONDS = 24 * 3600
WAL_SECONDS = 60


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Let one base backup run at a time."""
    settings.work.mkdir(parents=True, exist_ok=True)
    with (settings.work / "base.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BackupError("Another base backup is being taken.") from None
        yield


def take(settings: Settings, archive: Archive) -> dict[str, Any]:
    """Take a base backup, wait for the log that completes it, forget what is too old."""
    with alone(settings), database.connected() as connection:
        wal.due_file(settings).unlink(missing_ok=True)
        system, start, timeline = database.row(connection, WHERE)
        started = time.time()
        name = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(started))
        with piped(COMMAND.split()) as cluster:
            size, digest = archive.store(cluster, f"{system}/base/{name}/base.tar", level=3)
        _, end, _ = database.row(connection, WHERE)
        base = {
            "name": name,
            "system": system,
            "timeline": int(timeline, 16),
            "start_lsn": start,
            "end_lsn": end,
            "started": started,
            "finished": time.time(),
            "size": size,
            "sha256": digest,
        }
        wal.wait_for(archive, system, end, WAL_SECONDS)
        files.write_json(archive.folder / system / "base" / name / "backup.json", base)
        forget(settings, archive, system)
        return base


def forget(settings: Settings, archive: Archive, system: str) -> None:
    """Delete base backups that are too old, and the log that only they needed."""
    now = time.time()
    bases = archive.bases(system)
    kept = to_keep(bases, now - settings.keep_seconds)
    folder = archive.folder / system
    for name in files.names(folder / "base"):
        path = folder / "base" / name
        unfinished = name not in {base["name"] for base in bases}
        if name in kept or (unfinished and now - path.stat().st_mtime < UNFINISHED_SECONDS):
            continue
        (path / "backup.json").unlink(missing_ok=True)  # First, so that half a backup is none.
        for file in path.iterdir():
            file.unlink()
        path.rmdir()
    starts = [base["start_lsn"] for base in bases if base["name"] in kept]
    first = segment_place(min(starts, key=lsn.number))
    for name in files.names(folder / "wal"):
        if lsn.SEGMENT.match(name) and lsn.place(name) < first:
            (folder / "wal" / name).unlink()


def to_keep(bases: list[dict[str, Any]], oldest: float) -> set[str]:
    """Return the names of the base backups to keep, so that every moment since `oldest` is there.

    That takes those since then and the last one before.
    """
    older = [base["name"] for base in bases if base["finished"] <= oldest]
    younger = [base["name"] for base in bases if base["finished"] > oldest]
    newest = [base["name"] for base in bases][-MIN_KEPT:]
    return {*older[-1:], *younger, *newest}


def segment_place(position: str) -> str:
    """Return the place in the log of the segment (16 MiB) that holds a position."""
    segment = lsn.number(position) >> 24
    return f"{segment >> 8:08X}{segment & 0xFF:08X}"
