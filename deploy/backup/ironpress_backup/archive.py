"""The archive: one folder for each database cluster, and one for uploads; all of it encrypted.

    archive/<system>/base/<name>/base.tar.zst.age, backup.json
    archive/<system>/wal/<segment>.zst.age, <segment>.partial.zst.age, <timeline>.history.zst.age
    archive/<system>/position.json, verified.json
    archive/uploads/<path>.zst.age

Anyone with the key opens a file without this program: `age -d -i backup_key FILE | zstd -d`.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from ironpress_backup import files
from ironpress_backup.programs import CHUNK, BackupError, piped, run

SUFFIX = ".zst.age"


@dataclass(frozen=True)
class Archive:
    """Where encrypted files are, and the key to them."""

    folder: Path
    key_file: Path

    @cached_property
    def recipient(self) -> str:
        """Return the public half of the key."""
        if not self.key_file.is_file():
            raise BackupError(f"The secret {self.key_file.name} is missing: make secrets.")
        return run("age-keygen", "-y", str(self.key_file)).strip()

    def store(self, source: IO[bytes], name: str, *, level: int = 1) -> tuple[int, str]:
        """Keep a stream under a name; return the size and SHA-256 of the encrypted file."""
        digest, size = hashlib.sha256(), 0
        commands = (["zstd", f"-{level}", "-qc"], ["age", "--recipient", self.recipient])
        with (
            files.whole(self.folder / f"{name}{SUFFIX}") as target,
            piped(*commands, source=source) as stream,
        ):
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
                size += target.write(chunk)
        return size, digest.hexdigest()

    def opened(self, name: str) -> Any:
        """Give what is kept under a name, as a stream, in a context."""
        path = self.folder / f"{name}{SUFFIX}"
        if not path.is_file():
            raise BackupError(f"{path} is missing.")
        decrypt = ["age", "--decrypt", "--identity", str(self.key_file), str(path)]
        return piped(decrypt, ["zstd", "-dqc"])

    def digest(self, name: str) -> str:
        """Return the SHA-256 of the encrypted file."""
        with (self.folder / f"{name}{SUFFIX}").open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def has(self, name: str) -> bool:
        """Say whether there is something of this name."""
        return (self.folder / f"{name}{SUFFIX}").is_file()

    def drop(self, name: str) -> None:
        """Delete what is kept under a name."""
        (self.folder / f"{name}{SUFFIX}").unlink(missing_ok=True)

    def systems(self) -> list[str]:
        """Return the clusters that are kept here, by their system identifiers."""
        return [name for name in files.names(self.folder) if name.isdigit()]

    def bases(self, system: str) -> list[dict[str, Any]]:
        """Return the finished base backups of a cluster, oldest first."""
        folder = self.folder / system / "base"
        found = [files.read_json(folder / name / "backup.json") for name in files.names(folder)]
        return [base for base in found if base]

    def position(self, system: str) -> dict[str, Any]:
        """Return up to where the WAL of a cluster is kept: `lsn`, and `time` (Unix seconds)."""
        return files.read_json(self.folder / system / "position.json")
