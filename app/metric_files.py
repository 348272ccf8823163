"""Counters that several processes share: each keeps its numbers in files of its own.

    worker 0 ──▶ 0.counts, 0.gauges ┐
    worker 1 ──▶ 1.counts, 1.gauges ├──▶ one text for Prometheus, made by the arbiter
    arbiter ───▶ arbiter.counts …   ┘

Files are named by slots, small numbers that the next worker takes over, so there are never more
than the most workers that lived at once, and counters go on from where the last worker of the slot
left them. A file's room is reserved before it is written (a full tmpfs would end the process by
SIGBUS); where that fails, the process counts in memory and tries again when `repair` is called.
"""

import mmap
import os
import struct
import time
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
ARBITER = "arbiter"
ROOM = 1 << 16  # A file grows by this many bytes.
# A file: the bytes used and a mark of its own; then records: the key's length, the key (padded
# with blanks to 8 bytes, so that numbers are aligned), the number, and when it was set.
HEADER = struct.Struct("qq")
LENGTH = struct.Struct("q")
NUMBERS = struct.Struct("dd")

_lock = Lock()
_slot = ARBITER
_values: list["SharedValue"] = []
_files: dict[str, "ValueFile | None"] = {}


def directory() -> Path | None:
    """Return the folder of the files; None in a process that counts for itself."""
    given = os.environ.get(DIRECTORY)
    return Path(given) if given else None


class ValueFile:
    """The numbers of one slot, in memory that outlives the process. Raises `OSError`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self.inode = os.fstat(self.descriptor).st_ino
            self.reserve(max(ROOM, os.fstat(self.descriptor).st_size))
        except OSError:
            os.close(self.descriptor)
            raise
        self.used, self.mark = HEADER.unpack_from(self.memory)
        if not self.used:
            self.used, self.mark = HEADER.size, time.time_ns()
            self.memory[: HEADER.size] = HEADER.pack(self.used, self.mark)
        self.positions = dict(records(self.memory, self.used))

    def reserve(self, size: int) -> None:
        """Claim room for so many bytes and map them."""
        os.posix_fallocate(self.descriptor, 0, size)
        self.memory = mmap.mmap(self.descriptor, size)

    def position(self, key: str) -> int:
        """Return where the numbers of a key stand, adding it when it is new."""
        if key in self.positions:
            return self.positions[key]
        text = key.encode()
        text += b" " * (-len(text) % 8)
        record = LENGTH.pack(len(text)) + text + NUMBERS.pack(0.0, 0.0)
        if self.used + len(record) > len(self.memory):
            self.reserve(len(self.memory) + ROOM)
        end = self.used + len(record)
        self.memory[self.used : end] = record
        self.memory[: LENGTH.size] = LENGTH.pack(end)
        self.used = end
        self.positions[key] = end - NUMBERS.size
        return self.positions[key]

    def is_in_place(self) -> bool:
        """Say whether the file is still what its name leads to."""
        try:
            return self.path.stat().st_ino == self.inode
        except OSError:
            return False

    def close(self) -> None:
        """Let go of the file; what was counted stays in it."""
        os.close(self.descriptor)


def records(
    data: "bytes | mmap.mmap", used: int, start: int = HEADER.size
) -> list[tuple[str, int]]:
    """Return the keys between two positions, and where the numbers of each stand."""
    found = []
    while start < used:
        key = start + LENGTH.size
        end = key + LENGTH.unpack_from(data, start)[0]
        found.append((data[key:end].decode().rstrip(" "), end))
        start = end + NUMBERS.size
    return found


class SharedValue:
    """One number, in the form that prometheus_client asks for; safe to use from many threads."""

    _multiprocess = True

    def __init__(
        self,
        typ: str,
        metric_name: str,
        name: str,
        labelnames: Any,
        labelvalues: Any,
        help_text: str,
        multiprocess_mode: str = "",
        **_: Any,
    ) -> None:
        labels = [
            f'{label}="{escape(value)}"'
            for label, value in zip(labelnames, labelvalues, strict=True)
            if label != "le"
        ]
        bound = labelvalues[-1] if labelnames and labelnames[-1] == "le" else ""
        # A tab parts what the reader needs apart; no name or label value holds one.
        self.key = "\t".join((metric_name, name, ",".join(labels), bound))
        self.kind = "gauges" if typ == "gauge" else "counts"
        with _lock:
            _values.append(self)
            self.bind()

    def bind(self) -> None:
        """Find the number's place in the file of this process's slot, and what stands there."""
        self.number, self.file, self.place = 0.0, None, 0
        if file := _file(self.kind):
            with suppress(OSError):
                self.place = file.position(self.key)
                self.file = file
                self.number = NUMBERS.unpack_from(file.memory, self.place)[0]

    def write(self, timestamp: float = 0.0) -> None:
        """Put the number where the reader finds it."""
        if self.file:
            NUMBERS.pack_into(self.file.memory, self.place, self.number, timestamp)

    def inc(self, amount: float = 1.0) -> None:
        """Add to the number."""
        with _lock:
            self.number += amount
            self.write()

    def set(self, value: float, timestamp: float | None = None) -> None:
        """Replace the number."""
        with _lock:
            self.number = value
            self.write(timestamp or 0.0)

    def get(self) -> float:
        """Return what this process has counted, with the workers before it in its slot."""
        return self.number

    def set_exemplar(self, _: Any) -> None:
        """Keep none: files have no room for them."""

    def get_exemplar(self) -> None:
        """Return none."""


def escape(value: object) -> str:
    """Return a label's value as the text format wants it."""
    text = str(value).replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
    return text.replace("\t", " ")


def _file(kind: str) -> ValueFile | None:
    """Return this slot's file of a kind, or None where it cannot be had."""
    if kind not in _files:
        folder = directory()
        _files[kind] = None
        if folder:
            with suppress(OSError):
                _files[kind] = ValueFile(folder / f"{_slot}.{kind}")
    return _files[kind]


def take_slot(slot: int | str) -> None:
    """Count in the files of a slot from now on; a worker calls it right after the fork."""
    global _slot
    with _lock:
        _slot = str(slot)
        _rebind()


def repair() -> None:
    """Make the files anew where they are gone, or where there was no room; lose no count."""
    if directory() is None:
        return
    with _lock:
        if all(file and file.is_in_place() for file in _files.values()) and all(
            value.file for value in _values
        ):
            return
        before = [(value.number, value.file is not None) for value in _values]
        _rebind()
        for value, (number, was_kept) in zip(_values, before, strict=True):
            if value.kind == "counts" and not was_kept:
                value.number += number  # The file holds what earlier workers counted.
            else:
                value.number = number
            value.write(time.time())


def _rebind() -> None:
    for file in _files.values():
        if file:
            file.close()
    _files.clear()
    for value in _values:
        value.bind()


def forget_gauges(slot: int | str) -> None:
    """Remove what a worker that has ended said about itself; its counts stay."""
    if folder := directory():
        with suppress(OSError):
            (folder / f"{slot}.gauges").unlink(missing_ok=True)
