"""Addresses that show an unpublished article to others: made and revoked."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from app.desk.room import Answer, bp, writer
from app.services import preview_links, publishing
from app.services.errors import Invalid


@bp.route("/posts/<id:post_id>/links", methods=["GET", "POST"])
def links(post_id: int) -> Answer:
    """List the addresses that show an article, and make one."""
    post = publishing.editable_post(post_id=post_id, user=writer())
    faults: list[str] = []
    if request.method == "POST":
        days = request.form.get("days", 0, type=int)
        try:
            preview_links.make_link(post_id=post_id, user=writer(), days=days)
        except Invalid as error:
            faults = error.fields["days"]
        else:
            flash(_("The link is made. Whoever has it can read the article."), "success")
            return redirect(url_for("posts.links", post_id=post_id))
    page = render_template(
        "desk/links.html",
        post=post,
        links=preview_links.list_links(post=post),
        days=preview_links.DAYS,
        faults=faults,
    )
    return page, 422 if faults else 200


@bp.post("/posts/<id:post_id>/links/<id:link_id>/revoke")
def revoke_link(post_id: int, link_id: int) -> BaseResponse:
    """Make an address show nothing any more."""
    preview_links.revoke_link(post_id=post_id, link_id=link_id, user=writer())
    flash(_("The link no longer works."), "info")
    return redirect(url_for("posts.links", post_id=post_id))
