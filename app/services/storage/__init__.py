"""Where uploaded files are kept: a folder of this machine, or a bucket that speaks S3."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from flask import current_app

from app.services.storage.folder import Folder
from app.services.storage.s3 import Bucket


class Store(Protocol):
    """Keeps files by their path; a written one is there whole or not at all."""

    def write(self, path: str, data: bytes, media_type: str) -> None:
        """Keep a file, in place of one that is there."""

    def read(self, path: str) -> bytes | None:
        """Return a file, None where there is none."""

    def exists(self, path: str) -> bool:
        """Say whether a file is there."""

    def delete(self, path: str) -> None:
        """Delete a file; one that is not there is no fault."""

    def paths(self) -> Iterator[str]:
        """Yield the path of every file."""


def store() -> Store:
    """Return the place that the settings name."""
    if address := current_app.config["UPLOAD_STORE"]:
        return Bucket.at(address)
    return Folder(Path(current_app.config["UPLOAD_FOLDER"]))
