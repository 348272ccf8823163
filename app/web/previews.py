"""Shows an unpublished article to whoever was given its address."""

from flask import Response, make_response, redirect, render_template
from werkzeug.wrappers import Response as BaseResponse

from app.services.preview_links import previewed_post
from app.web.views import bp


@bp.get("/preview/<token>")
def preview(token: str) -> Response | BaseResponse:
    """Show an article by its secret address; once it is public, lead to where it is."""
    post = previewed_post(token=token)
    if post.is_public:
        return redirect(post.path)
    response = make_response(render_template("main/preview.html", post=post))
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
