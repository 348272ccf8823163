"""The log of privileged acts, to read and to take away."""

from datetime import date

from flask import Response, current_app, render_template, request

from app.admin.views import acting, bp
from app.services import audit as service
from app.services.clean import clean_line

ENTRIES_PER_PAGE = 50


@bp.get("/audit")
def audit() -> str:
    """Show the log, narrowed down by the query."""
    return render_template(
        "admin/audit.html",
        page=service.list_entries(
            only=asked_filter(),
            page=request.args.get("page", 1, type=int),
            per_page=ENTRIES_PER_PAGE,
        ),
        actions=service.list_actions(),
    )


@bp.post("/audit.csv")
def audit_csv() -> Response:
    """Send the log, narrowed down in the same way, as a file for spreadsheets."""
    service.record_export(actor=acting())
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # A proxy's method.
    response = Response(service.stream_csv(app, asked_filter()), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return response


def asked_filter() -> service.Filter:
    """Return what the query, or the form, asks for; what cannot be read counts as not given."""
    values = request.values
    return service.Filter(
        actor=clean_line(values.get("actor")),
        action=clean_line(values.get("action")),
        since=values.get("since", type=date.fromisoformat),
        until=values.get("until", type=date.fromisoformat),
    )
