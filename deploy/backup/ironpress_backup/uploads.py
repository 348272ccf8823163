"""Uploaded files, one by one: a path never changes its content, so each is kept once."""

from collections.abc import Iterator
from pathlib import Path

from ironpress_backup import files
from ironpress_backup.archive import SUFFIX, Archive


def listed(folder: Path) -> Iterator[str]:
    """Give the paths of the finished files in a folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            yield str(path.relative_to(folder))


def keep_new(folder: Path, archive: Archive) -> int:
    """Keep what is not kept yet; return how many files that were."""
    new = [path for path in listed(folder) if not archive.has(f"uploads/{path}")]
    for path in new:
        with (folder / path).open("rb") as file:
            archive.store(file, f"uploads/{path}")
    return len(new)


def bring_back(folder: Path, archive: Archive) -> int:
    """Put back what is missing; return how many files that were. Nothing is deleted."""
    kept = [path.removesuffix(SUFFIX) for path in listed(archive.folder / "uploads")]
    missing = [path for path in kept if not (folder / path).exists()]
    for path in missing:
        with archive.opened(f"uploads/{path}") as stream, files.whole(folder / path) as target:
            while chunk := stream.read(1 << 20):
                target.write(chunk)
        (folder / path).chmod(0o644)
    return len(missing)
