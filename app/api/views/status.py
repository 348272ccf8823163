"""Whether the API is there, and what it offers."""

from flask import Response, current_app

from app.api import document
from app.api.blueprint import bp, json_response
from app.api.schemas.misc import StatusSchema
from app.version import VERSION


@bp.route("/status", tags=["service"])
@bp.response(200, StatusSchema)
def status() -> Response:
    """Say that the API answers, and in which version"""
    return json_response(
        {"status": "ok", "version": VERSION}, headers={"Cache-Control": "no-store"}
    )


@bp.route("/openapi.json", tags=["service"])
@bp.response(200)
def openapi() -> Response:
    """Describe the API in OpenAPI 3.1"""
    return Response(document.of(current_app), mimetype="application/json")
