"""Copies an embedded blog, while it runs, into one file."""

import sqlite3
import tarfile
import tempfile
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import current_app

from app.extensions import db
from app.services.errors import DomainError

PAGES_AT_ONCE = 1000


@dataclass(frozen=True)
class Backup:
    """A finished backup; size in bytes."""

    path: Path
    size: int
    uploads: int


def write(*, folder: Path) -> Backup:
    """Write database and uploads into a new file in a folder, whole or not at all."""
    source = db.engine.url.database
    if db.engine.dialect.name != "sqlite" or not source or source == ":memory:":
        raise DomainError("Only an embedded database is copied so; the bundle has make backup.")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"ironpress-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar.gz"
    with tempfile.TemporaryDirectory(dir=folder, prefix=".") as work:
        # First the rows, then the files: a file is there before its row is.
        copy_database(Path(source), Path(work) / "ironpress.db")
        uploads = uploaded_files()
        unfinished = Path(work) / path.name
        with tarfile.open(unfinished, "w:gz", compresslevel=1) as archive:
            archive.add(Path(work) / "ironpress.db", "ironpress.db")
            for name, file in uploads.items():
                archive.add(file, f"uploads/{name}")
        unfinished.chmod(0o600)
        unfinished.replace(path)
    return Backup(path, path.stat().st_size, len(uploads))


def copy_database(source: Path, target: Path) -> None:
    """Copy a database by SQLite's own way, between other people's writes; check the copy."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new, pages=PAGES_AT_ONCE)
        # One file, as whoever unpacks it expects.
        new.execute("PRAGMA journal_mode=DELETE")
        (verdict,) = new.execute("PRAGMA integrity_check").fetchone()
    if verdict != "ok":
        raise DomainError(f"The copy of the database is damaged: {verdict}")


def uploaded_files() -> dict[str, Path]:
    """Return the finished uploads by their paths in the folder."""
    folder = Path(current_app.config["UPLOAD_FOLDER"])
    return {
        str(file.relative_to(folder)): file
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not file.name.startswith(".")
    }
