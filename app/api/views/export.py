"""The articles as a file for spreadsheets."""

from flask import Response, current_app

from app.api.blueprint import bp
from app.services.post_table import stream_csv


@bp.route("/posts.csv", tags=["posts"])
@bp.response(200, {"type": "string"}, content_type="text/csv")
def export_posts() -> Response:
    """Export the public articles as CSV

    Streamed, so that its size does not matter; cells that look like formulas begin with `'`.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # A proxy's method.
    response = Response(stream_csv(app), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="posts.csv"'
    return response
