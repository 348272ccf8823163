"""Finds and reads files below one folder, and nothing outside of it."""

import os
import posixpath
import re
import stat
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from app.services.importing.records import BadItem, ImportRefused, SkippedItem

MARKDOWN_SUFFIXES = {".md", ".markdown", ".mdown", ".mkd"}
HTML_SUFFIXES = {".html", ".htm"}
MAX_FILE_BYTES = 8 * 1024 * 1024

_HIGH_BYTES = re.compile(rb"[\x80-\xff]+")


class OutsideTree(BadItem):
    """A path leads out of the folder that is imported."""


class Tree:
    """A folder of documents and images; symbolic links out of it are never followed."""

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise ImportRefused(f"{root} is not a folder.")
        if not os.access(root, os.R_OK | os.X_OK):
            raise ImportRefused(f"The folder {root} cannot be read.")
        self.root = root.resolve()

    def documents(
        self, start: PurePosixPath, *, without: Collection[str]
    ) -> Iterator[PurePosixPath]:
        """Yield the paths of all documents below `start`, in the order of their names.

        Hidden folders and those named in `without` are left out; the path of a symbolic link is
        yielded, `read` refuses it.
        """
        for folder, folders, names in os.walk(self.root / start):
            folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in without)
            base = PurePosixPath(Path(folder).relative_to(self.root).as_posix())
            for name in sorted(names):
                if Path(name).suffix.lower() in MARKDOWN_SUFFIXES | HTML_SUFFIXES:
                    yield base / name

    def read(self, path: PurePosixPath) -> tuple[str, str | None]:
        """Return a document's text and, where it is not UTF-8, the encoding that was assumed."""
        full = self.root / path
        status = full.lstat()
        if stat.S_ISLNK(status.st_mode):
            raise SkippedItem("it is a symbolic link")
        if not stat.S_ISREG(status.st_mode):
            raise SkippedItem("it is no regular file")
        if status.st_size > MAX_FILE_BYTES:
            raise BadItem(f"it is larger than {MAX_FILE_BYTES // 2**20} MiB")
        return decode(full.read_bytes())

    def modified(self, path: PurePosixPath) -> datetime:
        """Return when a document's file was last changed."""
        return datetime.fromtimestamp((self.root / path).stat().st_mtime, UTC)

    def find(self, base: PurePosixPath, reference: str) -> Path | None:
        """Return the regular file that a relative reference in folder `base` means, if any.

        Raises `OutsideTree` when it lies, or links, outside of the folder that is imported.
        """
        relative = posixpath.normpath(posixpath.join(base, unquote(reference)))
        if relative.startswith(("..", "/")) or "\0" in relative:
            raise OutsideTree(f"{reference} leads out of the folder and is refused")
        try:
            full = (self.root / relative).resolve(strict=True)
            if not full.is_relative_to(self.root):
                raise OutsideTree(f"{reference} links out of the folder and is refused")
            return full if full.is_file() else None
        except (OSError, RuntimeError):
            return None

    def text_of_first(self, *names: str) -> tuple[str, str] | None:
        """Return the name and text of the first of the named files that exists and is text."""
        for name in names:
            try:
                return name, self.read(PurePosixPath(name))[0]
            except (OSError, BadItem):
                continue
        return None


def decode(data: bytes) -> tuple[str, str | None]:
    """Turn bytes into text: UTF-8, UTF-16 by its mark, GB 18030 or Windows-1252 by their looks."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace").removeprefix("\ufeff"), "utf-16"
    if b"\0" in data:
        raise BadItem("it is not text")
    try:
        return data.decode("utf-8-sig"), None
    except UnicodeDecodeError:
        encoding = _guess(data)
        return data.decode(encoding, errors="replace"), encoding


def _guess(data: bytes) -> str:
    """Tell GB 18030 from Western text: its characters have two high bytes, so runs are even."""
    runs = [len(run) for run in _HIGH_BYTES.findall(data)]
    if sum(length % 2 for length in runs) > len(runs) / 10:
        return "cp1252"
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return "cp1252"
    return "gb18030"
