"""What the drill's writers have tried and what was acknowledged to them, on the disk."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TRIED, ACKNOWLEDGED = "tried", "acknowledged"


class Ledger:
    """A file of lines, each synced before its writer goes on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, event: str, kind: str, uid: str) -> None:
        """Note something that nobody may forget any more."""
        os.write(self.file, json.dumps([event, kind, uid]).encode() + b"\n")
        os.fsync(self.file)

    def read(self) -> Iterator[list[Any]]:
        """Return every line: event, kind, unique id."""
        with self.path.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)

    def uids(self, event: str, kind: str) -> set[str]:
        """Return the ids of an event and a kind."""
        return {uid for what, which, uid in self.read() if (what, which) == (event, kind)}

    def close(self) -> None:
        """Close the file."""
        os.close(self.file)
