"""Writing comments below an article, and taking one's own back."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from app.converters import MAX_ID
from app.limits import limit, signed_in_user
from app.models import Comment
from app.services import comments
from app.services.errors import Invalid
from app.web.views import bp

Answer = BaseResponse | tuple[str, int]


@bp.route("/articles/<slug>/comments", methods=["GET", "POST"])
@limit("comment_network")
@limit("comment", key=signed_in_user)
def comment(slug: str) -> Answer:
    """Add a comment; whoever had to log in first comes back here by GET and goes on writing."""
    if request.method == "GET":
        return redirect(url_for("main.article", slug=slug, _anchor="comments"))
    content = request.form.get("content", "")
    parent_id = request.form.get("parent_id", type=row_id)
    try:
        added = comments.add_comment(
            slug=slug,
            author=current_user._get_current_object(),
            content=content,
            parent_id=parent_id,
        )
    except Invalid as error:
        faults = [fault for found in error.fields.values() for fault in found]
        page = render_template(
            "main/comment_form.html",
            slug=slug,
            content=content,
            # A reply to what is gone is kept as a comment of its own.
            parent_id=None if "parent_id" in error.fields else parent_id,
            faults=faults,
        )
        return page, 422
    if not added.is_approved:
        flash(_("Thank you. Your comment appears once it has been approved."), "info")
    return redirect(address(added))


@bp.post("/comments/<id:comment_id>/delete")
def delete_comment(comment_id: int) -> BaseResponse:
    """Take one's own comment back."""
    deleted = comments.delete_comment(
        comment_id=comment_id, user=current_user._get_current_object()
    )
    flash(_("Your comment is deleted."), "info")
    return redirect(url_for("main.article", slug=deleted.post.slug, _anchor="comments"))


def row_id(value: str) -> int:
    """Return the number in a hidden field; 0, which no row has, for one too large for any."""
    number = int(value)
    return number if 0 < number <= MAX_ID else 0


def address(added: Comment) -> str:
    """Return where a comment stands in its article."""
    return url_for("main.article", slug=added.post.slug, _anchor=f"comment-{added.id}")
