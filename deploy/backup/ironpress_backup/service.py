"""The service: streams, schedules, and says how it is.

Each task has a thread of its own, so that none waits for another. Base backups and verified
restores run as programs of their own, at a lower priority than the stream.
"""

import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from ironpress_backup import files, metrics, uploads, wal
from ironpress_backup.archive import Archive
from ironpress_backup.bucket import Bucket
from ironpress_backup.mirror import Mirror
from ironpress_backup.settings import Settings

TICK_SECONDS = 1.0
UPLOADS_SECONDS = 10.0
SCHEDULE_SECONDS = 2.0
# After a failure a scheduled task waits before it tries again.
RETRY_SECONDS = 300.0
# A loss beyond this is worth a red mark.
MAX_LOSS_SECONDS = 60.0


@dataclass
class Service:
    """What runs, and what has been seen of it."""

    settings: Settings
    archive: Archive
    stream: wal.Stream
    failures: Counter[str] = field(default_factory=Counter)
    uploads_time: float = 0
    stopping: threading.Event = field(default_factory=threading.Event)
    retry_at: dict[str, float] = field(default_factory=dict)
    child: subprocess.Popen[bytes] | None = None
    mirror: Mirror | None = None

    def run(self) -> None:
        """Work until SIGTERM."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stopping.set())
        tasks: list[tuple[str, float, Callable[[], None]]] = [
            ("wal", TICK_SECONDS, self.stream.tick),
            ("uploads", UPLOADS_SECONDS, self.keep_uploads),
            ("schedule", SCHEDULE_SECONDS, self.schedule),
        ]
        if address := self.settings.store:
            folder, seconds = self.archive.folder, self.settings.keep_seconds
            self.mirror = Mirror(folder, Bucket.at(address), seconds)
            tasks.append(("mirror", TICK_SECONDS, self.keep_mirror))
        metrics.serve(self)
        threads = [threading.Thread(target=self.repeat, args=task) for task in tasks]
        for thread in threads:
            thread.start()
        while not self.stopping.wait(1):
            pass
        if self.child:
            self.child.terminate()
        for thread in threads:
            thread.join()
        self.stream.stop()
        self.stream.move_segments()
        self.keep_mirror()

    def keep_mirror(self) -> None:
        """Send what has changed to the bucket, where there is one."""
        if self.mirror:
            self.mirror.tick(time.time())

    def repeat(self, name: str, seconds: float, task: Callable[[], None]) -> None:
        """Do a task again and again; say once what is wrong, until it is something else."""
        complaint = ""
        while not self.stopping.is_set():
            started = time.monotonic()
            try:
                task()
                if complaint:
                    say(f"{name}: well again.")
                complaint = ""
            except Exception as error:
                self.failures[name] += 1
                text = f"{name}: {str(error).strip() or type(error).__name__}"
                if text != complaint:
                    say(text)
                complaint = text
            self.stopping.wait(max(0.0, seconds - (time.monotonic() - started)))

    def keep_uploads(self) -> None:
        """Keep new uploads."""
        uploads.keep_new(self.settings.uploads, self.archive)
        self.uploads_time = time.time()

    def schedule(self) -> None:
        """Start what is due, one task at a time: first a base backup, then the proof of it."""
        if not self.stream.archived_time:
            return
        now = time.time()
        for task, due in (("base", self.base_due(now)), ("verify", self.verify_due(now))):
            if due and now >= self.retry_at.get(task, 0):
                self.carry_out(task)
                return

    def carry_out(self, task: str) -> None:
        """Run a command of this program and wait for its end."""
        command = [sys.executable, "-m", "ironpress_backup", task]
        # What it prints is an event of the service's log.
        self.child = subprocess.Popen(command, stdout=sys.stderr)  # noqa: S603
        status = self.child.wait()
        self.child = None
        if status and not self.stopping.is_set():
            self.failures[task] += 1
            self.retry_at[task] = time.time() + RETRY_SECONDS

    def newest_base(self) -> float:
        """Return when the newest base backup was finished; 0 without one."""
        bases = self.archive.bases(self.stream.system) if self.stream.system else []
        return float(bases[-1]["finished"]) if bases else 0.0

    def verified(self) -> float:
        """Return when a restore was last verified; 0 for never."""
        file = self.archive.folder / self.stream.system / "verified.json"
        return float(files.read_json(file).get("finished", 0)) if self.stream.system else 0.0

    def base_due(self, now: float) -> bool:
        """Say whether it is time for a base backup."""
        asked = wal.due_file(self.settings).exists()
        return asked or now - self.newest_base() > self.settings.base_interval

    def verify_due(self, now: float) -> bool:
        """Say whether it is time for a proof, and there is something to prove."""
        return bool(self.newest_base()) and now - self.verified() > self.settings.verify_interval

    def healthy(self) -> bool:
        """Say whether little would be lost now, and the newest base backup is not too old."""
        now = time.time()
        return (
            now - self.stream.archived_time < MAX_LOSS_SECONDS
            and (self.mirror is None or now - self.mirror.time < MAX_LOSS_SECONDS)
            and now - self.newest_base() < 2 * self.settings.base_interval
        )

    def free_bytes(self) -> int:
        """Return the room that is left where the archive is."""
        return shutil.disk_usage(self.archive.folder).free


def say(text: str) -> None:
    """Write a line into the log."""
    print(text, file=sys.stderr, flush=True)
