"""Texts that were not saved yet: kept while they are written, offered again, thrown away."""

from flask import Response, flash, jsonify, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from app.desk.room import bp, writer
from app.filters import datetime_format
from app.limits import limit, signed_in_user
from app.services import autosaves


@bp.post("/autosave")
@limit("autosave", key=signed_in_user)
def autosave() -> Response:
    """Keep the form as it is; a script sends it every few seconds."""
    kept = autosaves.keep(
        user=writer(),
        fields=request.form,
        post_id=request.args.get("post", type=int),
        autosave_id=request.form.get("draft", type=int),
    )
    time = datetime_format(kept.updated_at, "HH:mm:ss")
    return jsonify(draft=kept.id, message=_("Kept at %(time)s, not saved yet", time=time))


@bp.post("/autosave/<id:autosave_id>/discard")
def discard_autosave(autosave_id: int) -> BaseResponse:
    """Throw an unsaved text away."""
    gone = autosaves.discard(user=writer(), autosave_id=autosave_id)
    flash(_("The unsaved text is thrown away."), "info")
    if gone.post_id is None:
        return redirect(url_for("posts.index"))
    return redirect(url_for("posts.edit", post_id=gone.post_id))
