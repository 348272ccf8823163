"""Files in a folder of this machine."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Folder:
    """Keeps files under a folder."""

    root: Path

    def write(self, path: str, data: bytes, media_type: str) -> None:
        """Write a file so that it is there whole or not at all, even when the power fails."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".part")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fchmod(descriptor, 0o644)
                os.fsync(descriptor)
            os.replace(temporary, target)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise
        sync_folder(target.parent)

    def read(self, path: str) -> bytes | None:
        """Return a file; None where there is none, or nothing under the folder."""
        target = (self.root / path).resolve()
        if not target.is_relative_to(self.root.resolve()) or not target.is_file():
            return None
        return target.read_bytes()

    def exists(self, path: str) -> bool:
        """Say whether a file is there."""
        return (self.root / path).is_file()

    def delete(self, path: str) -> None:
        """Delete a file; one that is not there is no fault."""
        (self.root / path).unlink(missing_ok=True)

    def paths(self) -> Iterator[str]:
        """Yield the path of every file; what is being written is none yet."""
        for path in self.root.glob("??/*"):
            if path.is_file() and not path.name.startswith("."):
                yield path.relative_to(self.root).as_posix()


def sync_folder(path: Path) -> None:
    """Make a renamed file's new name durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
