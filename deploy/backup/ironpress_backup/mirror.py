"""Keeps the archive in a bucket as well: what the machine's loss would take is there, too.

The archive's files are encrypted already and are sent as they are, each second those that are new
or have grown; a list of what a restore can use goes after what it needs. What the archive forgets
the bucket forgets, too, except when the archive itself is gone.
"""

from dataclasses import dataclass, field
from pathlib import Path

from ironpress_backup.bucket import Bucket, Kept

State = tuple[int, int]


@dataclass
class Mirror:
    """A folder, and the bucket that is to hold the same; `sent` is what it is known to hold."""

    folder: Path
    bucket: Bucket
    keep_seconds: float
    sent: dict[str, State] = field(default_factory=dict)
    time: float = 0

    def tick(self, now: float) -> None:
        """Send what has changed since, forget what is gone."""
        if not self.time:
            self.compare(now)
        here = states(self.folder)
        for name in sorted(here, key=lambda name: (name.endswith(".json"), name)):
            if self.sent.get(name) != here[name]:
                self.bucket.put(self.folder / name, name)
                self.sent[name] = here[name]
        for name in [name for name in self.sent if name not in here]:
            self.bucket.delete(name)
            del self.sent[name]
        self.time = now

    def compare(self, now: float) -> None:
        """Look at what is in the bucket already."""
        here = states(self.folder)
        known = {name.partition("/")[0] for name in here if name.endswith("backup.json")}
        for kept in self.bucket.listed():
            # JSON is small and may differ at the same size.
            same = kept.name in here and here[kept.name][0] == kept.size
            if same and not kept.name.endswith(".json"):
                self.sent[kept.name] = here[kept.name]
            elif kept.name not in here and self.is_forgotten(kept, known, now):
                self.bucket.delete(kept.name)

    def is_forgotten(self, kept: Kept, known: set[str], now: float) -> bool:
        """Say whether the archive has forgotten a file while nobody was looking."""
        is_of_known = kept.name.partition("/")[0] in known
        return is_of_known and now - kept.changed > 2 * self.keep_seconds

    def bring_back(self) -> int:
        """Fetch what the folder lacks; return how many files that were."""
        here = states(self.folder)
        missing = [kept for kept in self.bucket.listed() if kept.name not in here]
        # Lists last: what is interrupted is not taken for complete.
        for kept in sorted(missing, key=lambda kept: (kept.name.endswith(".json"), kept.name)):
            self.bucket.get(kept.name, self.folder / kept.name)
        return len(missing)


def states(folder: Path) -> dict[str, State]:
    """Return size and time of change of every finished file, by its name in the folder."""
    found: dict[str, State] = {}
    for path in folder.rglob("*"):
        if path.name.startswith(".") or path.is_dir():
            continue
        try:
            about = path.stat()
        except FileNotFoundError:
            continue  # It was finished or forgotten meanwhile.
        found[path.relative_to(folder).as_posix()] = (about.st_size, about.st_mtime_ns)
    return found
