"""Keeps documents that people send: their content must be what their name says."""

import hashlib
import io
import zipfile
from pathlib import Path

from flask import current_app
from flask_babel import gettext as _

from app.models import Upload
from app.services.clean import clean_line
from app.services.errors import InvalidUpload
from app.services.storage import store
from app.services.uploads import (
    DOCUMENT_TYPES,
    FILENAME_CHARS,
    StoredFile,
    described,
    find_by_path,
    keep_row,
)

# What Word and Excel wrote until 2003: a file system in a file.
COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# The streams that tell the two apart, as their directory names them.
STREAMS = {"doc": ("WordDocument",), "xls": ("Workbook", "Book")}
PARTS = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}
PDF_HEADER_WITHIN = 1024


def store_document(*, data: bytes, filename: str, owner_id: int | None) -> StoredFile:
    """Store a PDF, Word, Excel or text file, or find the one with the same bytes; commits.

    Raises `InvalidUpload` with a sentence for whoever sent it.
    """
    most = current_app.config["MAX_DOCUMENT_BYTES"]
    if len(data) > most:
        raise InvalidUpload(_("The file is larger than %(most)d MB.", most=most // 2**20))
    name = clean_line(Path(filename).name)
    extension = Path(name).suffix.lower().removeprefix(".")
    if extension not in DOCUMENT_TYPES:
        known = ", ".join(DOCUMENT_TYPES)
        raise InvalidUpload(_("Send a file of one of these kinds: %(known)s.", known=known))
    if not is_really(extension, data):
        raise InvalidUpload(_("The content is not what the name says."))
    digest = hashlib.sha256(data).hexdigest()
    path = f"{digest[:2]}/{digest[2:]}.{extension}"
    known_row = find_by_path(path)
    if not store().exists(path):
        store().write(path, data, DOCUMENT_TYPES[extension])
    upload = known_row or keep_row(
        Upload(
            path=path,
            filename=name[-FILENAME_CHARS:],
            media_type=DOCUMENT_TYPES[extension],
            size=len(data),
            owner_id=owner_id,
        )
    )
    return described(upload)


def is_really(extension: str, data: bytes) -> bool:
    """Say whether bytes are of the kind that a file name claims."""
    if extension == "pdf":
        return b"%PDF-" in data[:PDF_HEADER_WITHIN]
    if extension in STREAMS:
        names = (name.encode("utf-16-le") for name in STREAMS[extension])
        return data.startswith(COMPOUND_FILE) and any(name in data for name in names)
    if extension in PARTS:
        return PARTS[extension] in names_in_archive(data)
    return is_text(data)


def names_in_archive(data: bytes) -> list[str]:
    """Return the names in a ZIP archive, none if it is not one; nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return archive.namelist()
    # The archive's directory is read by hand; what is broken in it fails in many ways.
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError):
        return []


def is_text(data: bytes) -> bool:
    """Say whether bytes are UTF-8 text."""
    try:
        return "\0" not in data.decode()
    except UnicodeDecodeError:
        return False
