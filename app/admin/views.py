"""The pages of those who run the blog."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from app.redirects import safe_next
from app.services import comments as service

bp = Blueprint("admin", __name__)

COMMENTS_PER_PAGE = 30


@bp.get("/comments")
def comments() -> str:
    """List the comments, those that wait for approval first."""
    page = service.list_for_moderation(
        page=request.args.get("page", 1, type=int), per_page=COMMENTS_PER_PAGE
    )
    return render_template("admin/comments.html", page=page, waiting=service.count_waiting())


@bp.post("/comments/<id:comment_id>/approve")
def approve_comment(comment_id: int) -> BaseResponse:
    """Show a comment to readers."""
    service.approve_comment(comment_id=comment_id, moderator=current_user._get_current_object())
    flash(_("The comment is approved."), "success")
    return back()


@bp.post("/comments/<id:comment_id>/delete")
def delete_comment(comment_id: int) -> BaseResponse:
    """Empty a comment."""
    service.delete_comment(comment_id=comment_id, user=current_user._get_current_object())
    flash(_("The comment is deleted."), "info")
    return back()


def back() -> BaseResponse:
    """Return to the page of the list that the button was on."""
    return redirect(safe_next(request.form.get("next"), url_for("admin.comments")))
