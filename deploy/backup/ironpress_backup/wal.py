"""Streams the primary's write-ahead log into the archive, so that at most a second can be lost.

pg_receivewal writes (and syncs) what the primary sends into the stage; finished segments move
into the archive, encrypted; the unfinished one is copied there each second that it has grown.
"""

import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from ironpress_backup import database, files, lsn
from ironpress_backup.archive import Archive
from ironpress_backup.programs import BackupError
from ironpress_backup.settings import Settings

PARTIAL = ".partial"

# A physical slot stands where the receiver has synced what it received.
STATE = """
SELECT (SELECT system_identifier::text FROM pg_control_system()),
    substr(pg_walfile_name(pg_current_wal_flush_lsn()), 1, 8),
    pg_current_wal_flush_lsn()::text, slot.wal_status, slot.safe_wal_size, slot.restart_lsn::text
FROM (SELECT) AS one LEFT JOIN pg_replication_slots AS slot ON slot.slot_name = %s
"""


@dataclass
class Stream:
    """The stream of one primary."""

    settings: Settings
    archive: Archive
    receiver: subprocess.Popen[bytes] | None = None
    system: str = ""
    gaps: int = 0
    lag_bytes: int | None = None
    safe_bytes: int | None = None
    archived_time: float = 0
    # A moment, and the position of the primary at it, that the archive is waiting for.
    waiting: tuple[float, str] | None = None
    copied: dict[str, float] = field(default_factory=dict)

    @property
    def receiving(self) -> bool:
        """Say whether the receiver runs."""
        return self.receiver is not None and self.receiver.poll() is None

    def tick(self) -> None:
        """Look at the primary, keep what has arrived, see that the receiver runs."""
        now = time.time()
        try:
            with database.connected() as connection:
                state = database.row(connection, STATE, self.settings.slot)
                self.follow(connection, *state[:2], lost=state[3] in (None, "lost"))
        except Exception:
            self.lag_bytes = self.safe_bytes = None  # Nobody knows.
            raise
        finally:
            if self.system:
                self.move_segments()
        _, timeline, written, _, self.safe_bytes, kept = state
        self.note_position(now, timeline, written, kept)
        if not self.receiving:
            self.start_receiver()

    def follow(self, connection: object, system: str, timeline: str, *, lost: bool) -> None:
        """Begin anew where the primary is another one than before, or no longer has our WAL."""
        identity_file = self.settings.work / "stream.json"
        before = files.read_json(identity_file)
        identity = {"system": system, "timeline": timeline}
        self.system = self.system or before.get("system", "")
        if before == identity and not lost:
            self.system = system
            return
        self.stop()
        if self.system:
            self.move_segments()
        for path in self.settings.stage.glob("*"):
            path.unlink()
        # Only the slot of a primary that we knew can have been lost.
        self.gaps += int(before == identity)
        database.rows(
            connection,
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots "
            "WHERE slot_name = %s AND NOT active",
            self.settings.slot,
        )
        database.rows(
            connection, "SELECT pg_create_physical_replication_slot(%s, true)", self.settings.slot
        )
        self.system = system
        self.copied.clear()
        self.waiting = None
        due_file(self.settings).touch()
        files.write_json(identity_file, identity)

    def start_receiver(self) -> None:
        """Start the receiver; it says in the log why it ends."""
        self.settings.stage.mkdir(parents=True, exist_ok=True)
        command = (
            "pg_receivewal --no-loop --synchronous --no-password --status-interval=1 "
            f"--slot={self.settings.slot} --directory={self.settings.stage}"
        )
        self.receiver = subprocess.Popen(command.split())  # noqa: S603

    def stop(self) -> None:
        """End the receiver."""
        if self.receiving and self.receiver:
            self.receiver.terminate()
            self.receiver.wait(timeout=30)

    def move_segments(self) -> None:
        """Encrypt what is finished and what has grown; finished segments leave the stage."""
        for name in files.names(self.settings.stage):
            path = self.settings.stage / name
            if name.endswith(PARTIAL):
                self.copy(path)
            elif lsn.SEGMENT.fullmatch(name) or name.endswith(".history"):
                self.copy(path)
                self.archive.drop(f"{self.system}/wal/{name}{PARTIAL}")
                if lsn.SEGMENT.fullmatch(name):
                    path.unlink()
                    self.copied.pop(name, None)
                    self.copied.pop(name + PARTIAL, None)

    def copy(self, path: Path) -> None:
        """Keep a file in the archive unless that was done since it was last written."""
        try:
            written = path.stat().st_mtime
            if self.copied.get(path.name) == written:
                return
            with path.open("rb") as file:
                self.archive.store(file, f"{self.system}/wal/{path.name}")
        except FileNotFoundError:
            return  # It was finished meanwhile; the next tick finds it under its name.
        self.copied[path.name] = written

    def note_position(self, now: float, timeline: str, written: str, kept: str | None) -> None:
        """Note up to where, and up to when, every commit is in the archive."""
        if kept is None:
            return
        self.waiting = self.waiting or (now, written)
        if lsn.number(kept) >= lsn.number(self.waiting[1]):
            self.archived_time = now if lsn.number(kept) >= lsn.number(written) else self.waiting[0]
            self.waiting = None
        self.lag_bytes = max(0, lsn.number(written) - lsn.number(kept))
        files.write_json(
            self.archive.folder / self.system / "position.json",
            {"lsn": kept, "time": self.archived_time, "timeline": int(timeline, 16)},
            durable=False,
        )


def due_file(settings: Settings) -> Path:
    """Return the file whose presence asks for a base backup as soon as possible."""
    return settings.work / "base-due"


def wait_for(archive: Archive, system: str, position: str, seconds: float) -> None:
    """Wait until the archive holds the log up to a position."""
    deadline = time.monotonic() + seconds
    while lsn.number(archive.position(system).get("lsn", "0/0")) < lsn.number(position):
        if time.monotonic() > deadline:
            raise BackupError(f"The log up to {position} did not arrive in {seconds:.0f} s.")
        time.sleep(0.1)
