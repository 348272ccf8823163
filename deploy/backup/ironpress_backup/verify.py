"""Proves that the archive can be restored: to an exact moment, row by row."""

import random
import shutil
import time
from typing import Any

from ironpress_backup import database, files, marks, restore, uploads, wal
from ironpress_backup.archive import SUFFIX, Archive
from ironpress_backup.programs import CHUNK, BackupError
from ironpress_backup.settings import Settings

WAL_SECONDS = 60
UPLOADS_READ = 20


def verify(settings: Settings, archive: Archive) -> dict[str, Any]:
    """Note what the primary holds at a position, restore to it, compare; return the result."""
    started = time.time()
    with database.connected() as connection:
        (system,) = database.row(
            connection, "SELECT system_identifier::text FROM pg_control_system()"
        )
        mark = marks.take(connection)
    wal.wait_for(archive, system, mark.lsn, WAL_SECONDS)
    try:
        wanted = restore.Target(lsn=mark.lsn)
        with restore.restored(
            archive, system, wanted, settings.scratch, durable=False
        ) as connection:
            found = marks.Mark(mark.lsn, marks.sums(connection), marks.migration(connection))
    finally:
        shutil.rmtree(settings.scratch, ignore_errors=True)
    faults = marks.differences(mark, found) + unreadable_uploads(settings, archive)
    if faults:
        raise BackupError(f"The restored database differs: {'; '.join(faults)}.")
    result = {
        "finished": time.time(),
        "seconds": round(time.time() - started, 1),
        "rows": sum(rows for rows, _ in mark.sums.values()),
        **mark.as_dict(),
    }
    files.write_json(archive.folder / system / "verified.json", result)
    return result


def unreadable_uploads(settings: Settings, archive: Archive) -> list[str]:
    """Read some uploads, drawn at random, back from the archive; return what differs."""
    folder = archive.folder / "uploads"
    paths = [path.removesuffix(SUFFIX) for path in uploads.listed(folder)]
    faults = []
    for path in random.sample(paths, min(UPLOADS_READ, len(paths))):
        original = settings.uploads / path
        with archive.opened(f"uploads/{path}") as stream:
            content = b"".join(iter(lambda: stream.read(CHUNK), b""))
        if original.exists() and original.read_bytes() != content:
            faults.append(f"upload {path}")
    return faults
