"""The description of the API in OpenAPI 3.1: from the schemas, the routes and the rights."""

import json
from threading import Lock
from typing import Any

from flask import Flask
from flask_smorest import Api

from app.access import PUBLIC, ROUTES, Rule
from app.api.blueprint import bp
from app.api.conditions import USUAL_FORM
from app.api.idempotency import KEY
from app.api.schemas.errors import ErrorSchema
from app.converters import MAX_ID, IdConverter
from app.models import Permission
from app.version import VERSION

DESCRIPTION = """\
Reads and writes the blog. Errors always have one shape (`Error`), and every answer carries
`X-Request-ID`. Log in at `POST /auth/token`, or make a personal token for a script; send either as
`Authorization: Bearer …`. Pages of the blog itself may use their session, with the form token in
`X-CSRFToken` for everything but reading.
"""
TAGS = {
    "posts": "Articles.",
    "comments": "What readers say.",
    "users": "People.",
    "categories": "Sections of the blog.",
    "tags": "Words that articles share.",
    "search": "Finding and counting.",
    "uploads": "Files.",
    "tokens": "Logging in, and tokens for scripts.",
    "service": "The API itself.",
}
STATUSES = {
    400: "The request cannot be understood.",
    401: "No token, or none that is good (any more).",
    403: "The right is missing.",
    404: "There is no such thing, or not for you.",
    406: "The form that is accepted is not offered.",
    409: "It collides with what is there.",
    412: "It has changed since you read it.",
    413: "The body is too large.",
    415: "The body is not of the type that is needed.",
    422: "Some fields cannot be accepted; `errors` names them.",
    429: "Too many requests; `Retry-After` says when to come back.",
    500: "Our fault; it is recorded.",
    503: "Briefly unavailable; `Retry-After` says when to come back.",
}
ALWAYS = {401, 406, 429, 500, 503}
WITH_BODY = {400, 413, 415, 422}
# What operations can answer beyond what their arguments tell.
FURTHER = {
    "create_post": {409},
    "replace_post": {409},
    "update_post": {409},
    "delete_post": {409},
    "update_user": {409},
    "update_category": {409},
    "update_tag": {409},
}
CONDITIONAL = ("put", "patch", "delete")
WITHOUT_IF_MATCH = {"update_comment", "delete_comment", "delete_personal_token"}
KEY_OF_DOCUMENT = "ironpress.openapi"
ETAG_HEADER = {"schema": {"type": "string"}, "description": "Entity tag for later conditions."}

_lock = Lock()


class OwnErrors(Api):  # type: ignore[misc]  # flask-smorest has no types.
    """flask-smorest without its error pages: `app/ops/errors.py` answers errors."""

    ERROR_SCHEMA = ErrorSchema

    def _register_error_handlers(self) -> None:
        """Leave errors alone."""


def of(app: Flask) -> str:
    """Return the document as JSON; it is made when it is first asked for, not at each start."""
    with _lock:
        if KEY_OF_DOCUMENT not in app.extensions:
            app.extensions[KEY_OF_DOCUMENT] = json.dumps(describe(app), ensure_ascii=False)
        return str(app.extensions[KEY_OF_DOCUMENT])


def describe(app: Flask) -> dict[str, Any]:
    """Describe every route of the API."""
    app.config.update(API_TITLE=f"{app.config['SITE_NAME']} API", API_VERSION=VERSION)
    app.config.update(OPENAPI_VERSION="3.1.0")
    info = {
        "description": DESCRIPTION,
        "license": {"name": "MIT", "identifier": "MIT"},
        "contact": {"name": app.config["SITE_NAME"], "url": app.config["SITE_URL"]},
    }
    tags = [{"name": name, "description": text} for name, text in TAGS.items()]
    servers = [{"url": app.config["SITE_URL"]}]
    api = OwnErrors(app, spec_kwargs={"info": info, "tags": tags, "servers": servers})
    api.DEFAULT_ERROR_RESPONSE_NAME = None
    api.register_converter(
        IdConverter, lambda _: {"type": "integer", "minimum": 1, "maximum": MAX_ID}
    )
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    bp.register_views_in_doc(api, app, api.spec, name=bp.name, parameters=None)
    add_errors(api)
    document: dict[str, Any] = api.spec.to_dict()
    # flask-smorest describes its own way of paging, which is not used here.
    del document["components"]["schemas"]["PaginationMetadata"]
    for path, operations in document["paths"].items():
        for method in [name for name in operations if name != "parameters"]:
            complete(document, path, method)
    return document


def add_errors(api: Api) -> None:
    """Describe each error once."""
    for status, description in STATUSES.items():
        response: dict[str, Any] = {
            "description": description,
            "content": {"application/json": {"schema": ErrorSchema}},
        }
        if status in (429, 503):
            response["headers"] = {
                "Retry-After": {"schema": {"type": "string"}, "description": "Seconds."}
            }
        api.spec.components.response(f"Error{status}", response)


def complete(document: dict[str, Any], path: str, method: str) -> None:
    """Add to an operation what follows from the table of rights and from HTTP."""
    operations = document["paths"][path]
    operation = operations[method]
    name = operation["operationId"]
    rule = ROUTES[f"api.{name}"]
    operation["security"] = [{"bearer": []}] if rule is not PUBLIC else [{}, {"bearer": []}]
    operation["x-right"] = right_of(rule)
    operation["description"] = (
        f"{operation.get('description', '')}\n\nRight: {right_of(rule)}.".strip()
    )
    parameters = operation.setdefault("parameters", [])
    statuses = set(ALWAYS) | FURTHER.get(name, set())
    if "requestBody" in operation:
        statuses |= WITH_BODY
    if any(parameter["in"] == "query" for parameter in parameters):
        statuses.add(422)
    if "{" in path:
        statuses.add(404)
    if rule is not PUBLIC:
        statuses.add(403)
    if operation.pop("x-idempotent", False):
        statuses |= {409, 422}
        parameters.append(
            header("Idempotency-Key", "Makes it safe to send this again.", KEY.pattern)
        )
    if method in CONDITIONAL and name not in WITHOUT_IF_MATCH:
        statuses |= {412, 422}
        parameters.append(
            header("If-Match", "Only if the entity tag is still this one.", USUAL_FORM)
        )
    for status in sorted(statuses):
        operation["responses"].setdefault(
            str(status), {"$ref": f"#/components/responses/Error{status}"}
        )


def right_of(rule: Rule) -> str:
    """Return what a rule asks for, in words."""
    if isinstance(rule, Permission):
        return rule.name or ""
    return "anyone" if rule is PUBLIC else rule.value


def header(name: str, description: str, pattern: str) -> dict[str, Any]:
    """Describe an optional header."""
    return {
        "in": "header",
        "name": name,
        "required": False,
        "description": description,
        "schema": {"type": "string", "pattern": f"^(?:{pattern})$"},
    }
