"""The history of an article: its former texts, what changed between them, and the way back."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from app.desk.room import Answer, bp, writer
from app.forms import ButtonForm
from app.services import publishing, revisions
from app.services.errors import Conflict

PER_PAGE = 50


@bp.get("/posts/<id:post_id>/history")
def history(post_id: int) -> Answer:
    """List the former texts of an article."""
    post = publishing.editable_post(post_id=post_id, user=writer())
    page = revisions.list_revisions(
        post=post, page=request.args.get("page", 1, type=int), per_page=PER_PAGE
    )
    return render_template("desk/history.html", post=post, page=page, kept=revisions.KEPT)


@bp.get("/posts/<id:post_id>/history/<id:revision_id>")
def revision(post_id: int, revision_id: int) -> Answer:
    """Show what a former text had changed, or with `against=now` what has changed since."""
    post = publishing.editable_post(post_id=post_id, user=writer())
    found = revisions.find_revision(post=post, revision_id=revision_id)
    since = request.args.get("against") == "now"
    texts = revisions.Texts.of(found)
    if since:
        compared = revisions.differences(texts, revisions.Texts.of(post))
    else:
        before = revisions.revision_before(found)
        compared = revisions.differences(revisions.Texts.of(before) if before else None, texts)
    return render_template(
        "desk/revision.html",
        post=post,
        revision=found,
        differences=compared,
        since=since,
        form=ButtonForm(),
    )


@bp.post("/posts/<id:post_id>/history/<id:revision_id>/restore")
def restore(post_id: int, revision_id: int) -> Answer:
    """Bring a former text back; the present one stays in the history."""
    try:
        publishing.restore_revision(
            post_id=post_id,
            revision_id=revision_id,
            editor=writer(),
            version=request.form.get("version", type=int),
        )
    except Conflict as error:
        flash(str(error), "error")
        return redirect(url_for("posts.history", post_id=post_id))
    flash(_("The former text is back."), "success")
    return redirect(url_for("posts.edit", post_id=post_id))
