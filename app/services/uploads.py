"""Keeps pictures that people send: checked, drawn anew without metadata, named by content.

A picture's path is the SHA-256 of the bytes that were sent, so that the same bytes are kept once
and a path never changes its content.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.extensions import db
from app.models import Upload
from app.services import images
from app.services.clean import clean_line
from app.services.errors import InvalidUpload
from app.services.storage import store
from app.text.pictures import copy_path

MAX_IMAGE_BYTES = 5 * 1024 * 1024
FILENAME_CHARS = 255

OPENXML = "application/vnd.openxmlformats-officedocument"
DOCUMENT_TYPES = {
    "pdf": "application/pdf",
    "doc": "application/msword",
    "docx": f"{OPENXML}.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": f"{OPENXML}.spreadsheetml.sheet",
    "txt": "text/plain",
}
MEDIA_TYPE_OF = DOCUMENT_TYPES | {
    extension: media_type for media_type, extension in images.EXTENSION_OF.items()
}
STORED_PATH = re.compile(r"\w+/[\w-]+\.([a-z]{3,4})")


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
    if known and store().exists(known.path):
        return described(known)
    picture = images.redraw(data)
    path = f"{digest[:2]}/{digest[2:]}.{picture.extension}"
    # The smaller ones first: who finds the picture finds all of it.
    for width, copy in picture.copies.items():
        store().write(copy_path(path, width), copy, "image/webp")
    store().write(path, picture.data, picture.media_type)
    upload = known or keep_row(
        Upload(
            path=path,
            filename=clean_line(Path(filename).name)[-FILENAME_CHARS:] or path,
            media_type=picture.media_type,
            size=len(picture.data),
            width=picture.width,
            height=picture.height,
            widths=list(picture.copies),
            owner_id=owner_id,
        )
    )
    return described(upload)


@dataclass(frozen=True)
class ReadFile:
    """A stored file as it is sent."""

    data: bytes
    media_type: str
    filename: str

    @property
    def is_picture(self) -> bool:
        """Whether a page may show it; anything else is only saved."""
        return self.media_type.startswith("image/")


def read_file(path: str) -> ReadFile | None:
    """Return a stored file; None where there is none of a kind that we keep."""
    found = STORED_PATH.fullmatch(path)
    media_type = found and MEDIA_TYPE_OF.get(found[1])
    data = store().read(path) if media_type else None
    if media_type is None or data is None:
        return None
    name = Path(path).name
    if not media_type.startswith("image/"):
        upload = find_by_path(path)
        name = upload.filename if upload else name
    return ReadFile(data, media_type, name)


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
