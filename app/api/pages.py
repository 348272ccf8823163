"""The page on which people read the API's description and try it."""

import json
from typing import Any

from flask import Blueprint, current_app, render_template

from app.ops.page_cache import public_page

bp = Blueprint("api_pages", __name__)


@bp.get("/api/docs")
@public_page("list")
def docs() -> str:
    """Show every operation with its arguments, answers and a form to try it."""
    document = json.loads(current_app.extensions["ironpress.openapi"])
    return render_template("api/docs.html", document=document, groups=grouped(document))


def grouped(document: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the operations by their tags, each with path and method, references resolved."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method != "parameters":
                shown = operation | {"path": path, "method": method.upper()}
                parameters = operations.get("parameters", []) + operation.get("parameters", [])
                shown["parameters"] = [resolve(document, given) for given in parameters]
                groups.setdefault(operation["tags"][0], []).append(shown)
    return groups


def resolve(document: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    """Return what a reference leads to, or the value itself."""
    if "$ref" not in value:
        return value
    for name in value["$ref"].removeprefix("#/").split("/"):
        document = document[name]
    return document
