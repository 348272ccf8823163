"""Keeps pictures that people send: checked, drawn anew without metadata, named by content.

A picture's path is the SHA-256 of the bytes that were sent, so that the same bytes are kept once
and a path never changes its content.
"""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.extensions import db
from app.models import Upload
from app.services import images
from app.services.clean import clean_line
from app.services.errors import InvalidUpload

MAX_IMAGE_BYTES = 5 * 1024 * 1024
FILENAME_CHARS = 255


@dataclass(frozen=True)
class StoredFile:
    """A file that was stored, now or before; sizes in bytes and pixels."""

    url: str
    path: str
    filename: str
    media_type: str
    size: int
    width: int | None
    height: int | None


def store_image(*, data: bytes, filename: str, owner_id: int | None) -> StoredFile:
    """Store a PNG, JPEG, GIF or WebP picture, or find the one with the same bytes.

    Commits, unless the caller has opened a savepoint: then the row is part of that. Raises
    `InvalidUpload` with a sentence for whoever sent it.
    """
    if len(data) > MAX_IMAGE_BYTES:
        most = MAX_IMAGE_BYTES // 2**20
        raise InvalidUpload(_("The picture is larger than %(most)d MB.", most=most))
    digest = hashlib.sha256(data).hexdigest()
    known = find_by_digest(digest)
    if known and (folder() / known.path).exists():
        return described(known)
    picture = images.redraw(data)
    path = f"{digest[:2]}/{digest[2:]}.{picture.extension}"
    write_file(folder() / path, picture.data)
    upload = known or keep_row(
        Upload(
            path=path,
            filename=clean_line(Path(filename).name)[-FILENAME_CHARS:] or path,
            media_type=picture.media_type,
            size=len(picture.data),
            width=picture.width,
            height=picture.height,
            owner_id=owner_id,
        )
    )
    return described(upload)


def find_by_digest(digest: str) -> Upload | None:
    """Return the row of a picture whose bytes had this SHA-256."""
    prefix = f"{digest[:2]}/{digest[2:]}"
    paths = [f"{prefix}.{extension}" for extension in images.EXTENSIONS]
    return db.session.scalars(select(Upload).where(Upload.path.in_(paths)).limit(1)).first()


def find_by_path(path: str) -> Upload | None:
    """Return the row of a stored file."""
    return db.session.scalar(select(Upload).where(Upload.path == path))


def keep_row(upload: Upload) -> Upload:
    """Add a row, or return the one that another request added for the same bytes meanwhile."""
    inside_savepoint = db.session().in_nested_transaction()
    try:
        with db.session.begin_nested():
            db.session.add(upload)
    except IntegrityError:
        upload = db.session.scalars(select(Upload).where(Upload.path == upload.path)).one()
    if not inside_savepoint:
        db.session.commit()
    return upload


def write_file(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all, even when the power fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(descriptor, 0o644)
            os.fsync(descriptor)
        os.replace(temporary, path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make a renamed file's new name durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def folder() -> Path:
    """Return where uploads are kept."""
    return Path(current_app.config["UPLOAD_FOLDER"])


def described(upload: Upload) -> StoredFile:
    """Return what is known about a stored file."""
    return StoredFile(
        url=f"/uploads/{upload.path}",
        path=upload.path,
        filename=upload.filename,
        media_type=upload.media_type,
        size=upload.size,
        width=upload.width,
        height=upload.height,
    )
