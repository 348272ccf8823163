"""The articles as a file for spreadsheets."""

from flask import Response, stream_with_context

from app.api.blueprint import bp
from app.services.post_table import stream_csv


@bp.route("/posts.csv", tags=["posts"])
@bp.response(200, {"type": "string"}, content_type="text/csv")
def export_posts() -> Response:
    """Export the public articles as CSV

    Streamed, so that its size does not matter; cells that look like formulas begin with `'`.
    """
    response = Response(stream_with_context(stream_csv()), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="posts.csv"'
    return response
