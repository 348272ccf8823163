"""The library of pictures and documents."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as BaseResponse

from app.desk.room import Answer, bp, writer
from app.limits import limit, signed_in_user
from app.redirects import safe_next
from app.services import documents, media, uploads
from app.services.errors import Conflict, Invalid, InvalidUpload

PER_PAGE = 24


@bp.get("/media")
def library() -> Answer:
    """List the user's files; an editor may see everyone's."""
    everyone = request.args.get("everyone") == "1"
    words = request.args.get("q", "").strip()
    unused = request.args.get("unused") == "1"
    page = media.list_files(
        user=writer(),
        everyone=everyone,
        words=words,
        unused=unused,
        page=request.args.get("page", 1, type=int),
        per_page=PER_PAGE,
    )
    return render_template(
        "desk/media.html",
        page=page,
        used=media.where_used(page.items),
        everyone=everyone,
        words=words,
        unused=unused,
        days=media.ORPHAN_DAYS,
        alt_chars=media.ALT_CHARS,
    )


@bp.post("/media")
@limit("upload", key=signed_in_user)
def send_file() -> BaseResponse:
    """Store a picture or a document."""
    file = request.files.get("file")
    if file is None or not file.filename:
        flash(_("Choose a file first."), "error")
        return redirect(url_for("posts.library"))
    extension = file.filename.rpartition(".")[2].lower()
    is_document = extension in uploads.DOCUMENT_TYPES
    keep = documents.store_document if is_document else uploads.store_image
    try:
        stored = keep(data=file.read(), filename=file.filename, owner_id=writer().id)
    except InvalidUpload as error:
        flash(str(error), "error")
    else:
        flash(_("%(name)s is stored.", name=stored.filename), "success")
    return redirect(url_for("posts.library"))


@bp.post("/media/<id:upload_id>")
def describe_file(upload_id: int) -> BaseResponse:
    """Say what a picture shows."""
    try:
        media.describe(upload_id=upload_id, user=writer(), alt=request.form.get("alt", ""))
    except Invalid as error:
        flash(str(error), "error")
    else:
        flash(_("The description is saved."), "success")
    return back()


@bp.post("/media/<id:upload_id>/delete")
def delete_file(upload_id: int) -> BaseResponse:
    """Delete a file that nothing uses."""
    try:
        media.delete_file(upload_id=upload_id, user=writer())
    except Conflict as error:
        flash(str(error), "error")
    else:
        flash(_("The file is deleted."), "info")
    return back()


@bp.post("/media/clean")
def clean_media() -> BaseResponse:
    """Delete every old file that nothing uses."""
    number = media.remove_orphans()
    flash(ngettext("%(num)d file is deleted.", "%(num)d files are deleted.", number), "info")
    return redirect(url_for("posts.library"))


def back() -> BaseResponse:
    """Go back to the part of the library that was shown."""
    return redirect(safe_next(request.form.get("next"), url_for("posts.library")))
