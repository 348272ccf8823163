"""The page on which people read the API's description and try it."""

import json
from typing import Any

from flask import Blueprint, current_app, render_template

from app.api.document import of as document_of
from app.ops.page_cache import public_page

bp = Blueprint("api_pages", __name__)

Document = dict[str, Any]


@bp.get("/api/docs")
@public_page("list")
def docs() -> str:
    """Show every operation with its arguments, its answers and a form to try it."""
    document = json.loads(document_of(current_app))
    groups = [
        (tag, [shown for shown in operations(document) if tag["name"] in shown["tags"]])
        for tag in document["tags"]
    ]
    return render_template("api/docs.html", document=document, groups=groups)


def operations(document: Document) -> list[Document]:
    """Return the operations, each with path and method and with its references resolved."""
    found = []
    for path, methods in document["paths"].items():
        shared = methods.get("parameters", [])
        for method, operation in methods.items():
            if method == "parameters":
                continue
            shown = operation | {"path": path, "method": method.upper()}
            shown["parameters"] = shared + operation.get("parameters", [])
            shown["body"] = body_of(document, operation)
            shown["responses"] = [
                (status, resolve(document, response))
                for status, response in sorted(operation["responses"].items())
            ]
            found.append(shown)
    return found


def body_of(document: Document, operation: Document) -> Document | None:
    """Return type, fields and example of what an operation is sent; None for nothing."""
    if "requestBody" not in operation:
        return None
    ((media_type, content),) = operation["requestBody"]["content"].items()
    schema = resolve(document, content["schema"])
    return {
        "media_type": media_type,
        "fields": schema["properties"],
        "required": schema.get("required", []),
        "example": json.dumps(example_of(schema), ensure_ascii=False, indent=2),
    }


def example_of(schema: Document) -> Document:
    """Return an object made of the examples of its fields."""
    return {
        name: field["example"] for name, field in schema["properties"].items() if "example" in field
    }


def resolve(document: Document, value: Document) -> Document:
    """Return what a reference leads to, or the value itself."""
    if "$ref" not in value:
        return value
    for name in value["$ref"].removeprefix("#/").split("/"):
        document = document[name]
    return document
