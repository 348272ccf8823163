"""P11: how large the application's image is beyond its base."""

import os
import subprocess

from app.settings import ROOT
from scripts.bench.rows import Row

BASE = os.environ.get("BASE", "ironpress-base:trixie")
TAG = os.environ.get("TAG", "latest")


def output(*command: str) -> str:
    """Return what a command prints; nothing where it fails."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)  # noqa: S603
    return done.stdout.strip() if done.returncode == 0 else ""


def image_rows() -> list[Row]:
    """Measure P11; no row where there is no engine or no image yet."""
    sizes = [
        output("docker", "image", "inspect", "--format", "{{.Size}}", image)
        for image in (f"ironpress-app:{TAG}", BASE)
    ]
    if not all(sizes):
        return []
    more = (int(sizes[0]) - int(sizes[1])) / 1e6
    return [Row("P11", "app image beyond its base", more, more, more, 110, False, "MB")]
