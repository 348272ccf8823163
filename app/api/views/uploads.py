"""Files that people send; the same two operations for programs and for the blog's own pages."""

from collections.abc import Callable
from typing import NoReturn

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from app.api.blueprint import bp, json_response
from app.api.idempotency import idempotent
from app.api.schemas.misc import FileInput, UploadSchema
from app.caller import calling_key, signed_in_caller
from app.limits import limit
from app.models import Upload
from app.services import documents, uploads
from app.services.errors import BadUpload, InvalidUpload
from app.services.uploads import StoredFile

pages = Blueprint("uploads", __name__)

Store = Callable[..., StoredFile]


@bp.route("/upload/image", methods=["POST"], tags=["uploads"])
@limit("upload", key=calling_key)
@idempotent(Upload, lambda upload: described(uploads.described(upload)))
@bp.response(201, UploadSchema)
@bp.doc(requestBody={"content": {"multipart/form-data": {"schema": FileInput}}, "required": True})
def upload_image() -> Response:
    """Send a picture: PNG, JPEG, GIF or WebP, 5 MB at most

    It is drawn anew, without metadata.
    """
    return stored(uploads.store_image)


@bp.route("/upload/document", methods=["POST"], tags=["uploads"])
@limit("upload", key=calling_key)
@idempotent(Upload, lambda upload: described(uploads.described(upload)))
@bp.response(201, UploadSchema)
@bp.doc(requestBody={"content": {"multipart/form-data": {"schema": FileInput}}, "required": True})
def upload_document() -> Response:
    """Send a document: PDF, Word, Excel or text, 20 MB at most"""
    return stored(documents.store_document)


@pages.post("/upload/image")
@limit("upload", key=calling_key)
def image() -> Response:
    """Store a picture that a page of the blog sends."""
    return stored(uploads.store_image)


@pages.post("/upload/document")
@limit("upload", key=calling_key)
def document() -> Response:
    """Store a document that a page of the blog sends."""
    return stored(documents.store_document)


def stored(store: Store) -> Response:
    """Store the file of a form and say where it is."""
    file = request.files.get("file")
    if file is None:
        refused(_("Send a file as multipart/form-data, in the field “file”."))
    if not file.filename:
        refused(_("The file has no name."))
    with file.stream:
        data = file.stream.read()
    try:
        kept = store(data=data, filename=file.filename, owner_id=signed_in_caller().id)
    except InvalidUpload as error:
        refused(str(error))
    return described(kept)


def described(kept: StoredFile) -> Response:
    """Return the answer that shows a file."""
    body = {
        "message": _("The file is stored."),
        "filename": kept.filename,
        "url": kept.url,
        "size": kept.size,
        "media_type": kept.media_type,
    }
    return json_response(UploadSchema().dump(body), 201, headers={"Location": kept.url})


def refused(message: str) -> NoReturn:
    """Answer 400 with what is wrong with the file."""
    raise BadUpload({"file": [message]})
