"""The overview of those who run the blog, and the comments."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse

from app.converters import MAX_ID
from app.models import User
from app.redirects import safe_next
from app.services import comments as service
from app.services import overview as numbers

bp = Blueprint("admin", __name__)

Answer = str | BaseResponse | tuple[str, int]
COMMENTS_PER_PAGE = 30


def acting() -> User:
    """Return the user of a page that the guard has kept everyone else from."""
    user: User = current_user._get_current_object()
    return user


@bp.get("/")
def overview() -> str:
    """Show the blog in numbers."""
    days = request.args.get("days", 30, type=int)
    days = days if days in numbers.DAYS else 30
    return render_template(
        "admin/overview.html",
        series=numbers.list_series(days=days),
        waiting=numbers.count_waiting(),
        days=days,
        choices=numbers.DAYS,
    )


@bp.get("/comments")
def comments() -> str:
    """List the comments, those that wait for approval first."""
    state = request.args.get("state", "")
    state = state if state in ("waiting", "approved") else ""
    page = service.list_for_moderation(
        page=request.args.get("page", 1, type=int), per_page=COMMENTS_PER_PAGE, state=state
    )
    return render_template(
        "admin/comments.html", page=page, waiting=service.count_waiting(), state=state
    )


@bp.post("/comments")
def moderate() -> BaseResponse:
    """Approve, hide or delete every comment that is ticked."""
    verdict = request.form.get("verdict", "")
    if verdict not in service.VERDICTS:
        raise BadRequest
    chosen = request.form.getlist("ids", type=int)[:COMMENTS_PER_PAGE]
    done = service.decide(
        comment_ids=[number for number in chosen if 0 < number <= MAX_ID],
        verdict=verdict,
        moderator=acting(),
    )
    flash(ngettext("%(num)d comment is done.", "%(num)d comments are done.", done), "success")
    return back()


@bp.post("/comments/<id:comment_id>/approve")
def approve_comment(comment_id: int) -> BaseResponse:
    """Show a comment to readers."""
    service.approve_comment(comment_id=comment_id, moderator=acting())
    flash(_("The comment is approved."), "success")
    return back()


@bp.post("/comments/<id:comment_id>/delete")
def delete_comment(comment_id: int) -> BaseResponse:
    """Empty a comment."""
    service.delete_comment(comment_id=comment_id, user=acting())
    flash(_("The comment is deleted."), "info")
    return back()


def back() -> BaseResponse:
    """Return to the page of the list that the button was on."""
    return redirect(safe_next(request.form.get("next"), url_for("admin.comments")))
