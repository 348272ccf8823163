"""Restores: a base backup, and the log up to a moment, become a cluster again."""

import shutil
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ironpress_backup import database, lsn, marks, server
from ironpress_backup.archive import Archive
from ironpress_backup.programs import BackupError, run


@dataclass(frozen=True)
class Target:
    """The moment to return to: by time (Unix seconds), by position, or the end of the log."""

    time: float | None = None
    lsn: str = ""
    timeline: str = "latest"

    def settings(self) -> dict[str, str]:
        """Return what PostgreSQL is told; everything before a position, up to and with a time."""
        if self.lsn:
            return {"recovery_target_lsn": self.lsn, "recovery_target_inclusive": "off"}
        if self.time is not None:
            moment = datetime.fromtimestamp(self.time, UTC).isoformat()
            return {"recovery_target_time": moment}
        return {}


def target(*, moment: str = "", position: str = "", timeline: str = "") -> Target:
    """Read a moment as the operator gives it; without a zone it is UTC."""
    if moment and position:
        raise BackupError("Give TIME or LSN, not both.")
    if timeline and not timeline.isdigit():
        raise BackupError(f"{timeline} is not a timeline, such as 1.")
    if position and not lsn.is_position(position):
        raise BackupError(f"{position} is not a position, such as 0/16B3748.")
    if not moment:
        return Target(None, position, timeline or "latest")
    try:
        parsed = datetime.fromisoformat(moment)
    except ValueError:
        raise BackupError(f"{moment} is not a time, such as 2026-11-25T15:04:05Z.") from None
    zoned = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    return Target(zoned.timestamp(), "", timeline or "latest")


def choose(bases: list[dict[str, Any]], wanted: Target) -> dict[str, Any]:
    """Return the newest base backup that was finished before the moment."""
    fitting = [
        base
        for base in bases
        if (wanted.time is None or base["finished"] <= wanted.time)
        and (not wanted.lsn or lsn.number(base["end_lsn"]) <= lsn.number(wanted.lsn))
        and (wanted.timeline == "latest" or base["timeline"] <= int(wanted.timeline))
    ]
    if not fitting:
        raise BackupError("There is no base backup from before that moment.")
    return fitting[-1]


def one_system(archive: Archive, given: str = "") -> str:
    """Return the cluster to restore; where there are several, the operator says which."""
    systems = archive.systems()
    if given:
        if given not in systems:
            raise BackupError(
                f"The archive has no cluster {given}: {', '.join(systems) or 'none'}."
            )
        return given
    if not systems:
        raise BackupError("The archive is empty.")
    if len(systems) > 1:
        known = "; ".join(
            f"{name} with {len(archive.bases(name))} base backups, the last commit seen at "
            f"{stamp(archive.position(name).get('time', 0))}"
            for name in systems
        )
        raise BackupError(f"Several databases were backed up here: choose with SYSTEM=… ({known}).")
    return systems[0]


def unpack(archive: Archive, base: dict[str, Any], folder: Path) -> None:
    """Lay out a base backup in a folder and check every file of it."""
    name = f"{base['system']}/base/{base['name']}/base.tar"
    if archive.digest(name) != base["sha256"]:
        raise BackupError(f"The base backup {base['name']} is damaged: its checksum differs.")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    with archive.opened(name) as stream:
        with tarfile.open(fileobj=stream, mode="r|") as tar:
            tar.extractall(folder, filter="data")
        while stream.read(1 << 20):
            pass  # The padding behind the last file, so that the programs end in peace.
    run("pg_verifybackup", "--no-parse-wal", "--quiet", str(folder))


@contextmanager
def restored(
    archive: Archive, system: str, wanted: Target, folder: Path, *, durable: bool
) -> Iterator[Any]:
    """Restore into a folder and give a connection to the application's database in it."""
    base = choose(archive.bases(system), wanted)
    unpack(archive, base, folder)
    (folder / "recovery.signal").touch()
    wal = archive.folder / system / "wal"
    position = archive.position(system)
    # A quiet site writes nothing after the moment: then the end of the log is that moment.
    at_end = (wanted.time is not None and wanted.time <= position.get("time", 0)) or (
        wanted.lsn != "" and lsn.number(wanted.lsn) <= lsn.number(position.get("lsn", "0/0"))
    )
    for target in [wanted.settings(), {}] if at_end else [wanted.settings()]:
        server.configure(
            wal=wal, key=archive.key_file, timeline=wanted.timeline, target=target, durable=durable
        )
        try:
            with (
                server.running(folder),
                database.connected(
                    host=str(server.SOCKET), user=server.USER, dbname="ironpress"
                ) as connection,
            ):
                yield connection
            return
        except server.TargetNotReached:
            if not at_end:
                known = stamp(position.get("time", 0))
                raise BackupError(
                    f"The archive ends before that moment; it has every commit up to {known}."
                ) from None


def report(connection: Any, seconds: float) -> dict[str, Any]:
    """Say what a restored database holds."""
    position, timeline = database.row(
        connection,
        "SELECT pg_current_wal_insert_lsn()::text, timeline_id FROM pg_control_checkpoint()",
    )
    return {
        "seconds": round(seconds, 1),
        "lsn": position,
        "timeline": timeline,
        "migration": marks.migration(connection),
        "tables": marks.sums(connection),
    }


def stamp(seconds: float) -> str:
    """Return a time as people read it."""
    return time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(seconds))


def swap(database_folder: Path, prepared: Path) -> Path | None:
    """Put a prepared cluster in the place of the current one, which is kept beside it."""
    current = database_folder / "data"
    kept = None
    if current.exists():
        kept = database_folder / f"before-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}"
        current.rename(kept)
    prepared.rename(current)
    return kept
