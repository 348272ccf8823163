"""Disks of a bundle's own, small enough to be filled and apart enough to lose their power.

Each volume is a file system in a file. Whatever the kernel holds back of it is not in that file:
a copy of the file is what a disk has after a power cut.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.stack.stack import Stack, run

GIGABYTE = 1 << 30
SIZES = {"database": 8, "pages": 1, "uploads": 1, "backups": 6, "prometheus": 1}
OWNER = 10001
UNHARMED_TRIES = 20


def folder(stack: Stack) -> Path:
    """Return where the files and their mounts are."""
    return stack.folder / "disks"


def mounted(stack: Stack, volume: str) -> Path:
    """Return where a volume's disk is mounted on this machine."""
    return folder(stack) / volume


def are_there(stack: Stack) -> bool:
    """Say whether this bundle has disks of its own."""
    return folder(stack).exists()


def lay(stack: Stack) -> None:
    """Make the disks, and volumes of them, before the bundle starts; takes root."""
    for volume, gigabytes in SIZES.items():
        place, image = mounted(stack, volume), image_of(stack, volume)
        place.mkdir(parents=True)
        with image.open("wb") as file:
            file.truncate(gigabytes * GIGABYTE)
        # No room kept for root, and no journal of data: what was not synced is lost.
        run("mkfs.ext4", "-q", "-m", "0", str(image))
        run("mount", "-o", "loop", str(image), str(place))
        (place / "lost+found").rmdir()
        os.chown(place, OWNER, 0)
        place.chmod(0o770)
        labels = {"project": stack.name, "volume": volume}
        run(
            *("docker", "volume", "create", "--name", f"{stack.name}_{volume}"),
            *("--opt", "type=none", "--opt", "o=bind", "--opt", f"device={place}"),
            *(f"--label=com.docker.compose.{name}={value}" for name, value in labels.items()),
        )


def remove(stack: Stack) -> None:
    """Take the disks away; the bundle must be down."""
    for volume in SIZES:
        run("umount", str(mounted(stack, volume)), check=False)
    shutil.rmtree(folder(stack), ignore_errors=True)


def image_of(stack: Stack, volume: str) -> Path:
    """Return the file that holds a volume."""
    return folder(stack) / f"{volume}.img"


@contextmanager
def full(place: Path) -> Iterator[None]:
    """Leave no room on a disk."""
    filler = place / "drill-filler"
    try:
        free = os.statvfs(place)
        subprocess.run(
            ["fallocate", "--length", str(free.f_bavail * free.f_bsize), str(filler)],
            capture_output=True,
        )
        # What is left in corners, as far as there is any.
        subprocess.run(
            ["dd", "if=/dev/zero", f"of={filler}-rest", "bs=4k", "count=20000"], capture_output=True
        )
        yield
    finally:
        for path in place.glob("drill-filler*"):
            path.unlink()


def cut_power(stack: Stack, volume: str) -> None:
    """Set a disk back to what had reached it; nothing may have it open."""
    place, image = mounted(stack, volume), image_of(stack, volume)
    device = Path(run("findmnt", "--noheadings", "--output", "SOURCE", str(place)).strip())
    copied = image.with_suffix(".cut")
    for _ in range(UNHARMED_TRIES):
        before = written(device)
        run("cp", "--sparse=always", str(image), str(copied))
        if written(device) == before:
            break
    else:
        raise AssertionError(f"{device} was written to during every copy")
    run("umount", str(place))  # Writes what was held back, into a file that is thrown away.
    copied.replace(image)
    run("mount", "-o", "loop", str(image), str(place))


def written(device: Path) -> str:
    """Return how many sectors were ever written to a device."""
    return Path(f"/sys/block/{device.name}/stat").read_text().split()[6]
