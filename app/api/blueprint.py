"""The blueprint of the API, and what every answer of it gets."""

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import orjson
from flask import Response, request
from flask_smorest import Blueprint
from werkzeug.exceptions import NotAcceptable

from app.api.parsing import StrictParser
from app.caller import caller
from app.correlation import only_asks
from app.visitor import carries_login

# For how long caches may answer public reads by themselves (s).
PUBLIC_SECONDS = 10


class ApiBlueprint(Blueprint):  # type: ignore[misc]  # flask-smorest has no types.
    """A blueprint whose requests are read strictly."""

    ARGUMENTS_PARSER = StrictParser()

    def add_url_rule(
        self, rule: str, endpoint: str | None = None, view_func: Any = None, **options: Any
    ) -> None:
        """Register a route, and name its operation as the table of rights does."""
        document = view_func._apidoc.setdefault("manual_doc", {})
        document["operationId"] = endpoint or view_func.__name__
        super().add_url_rule(rule, endpoint, view_func, **options)


bp = ApiBlueprint("api", __name__, url_prefix="/api/v1")


@bp.before_request  # type: ignore[untyped-decorator]
def negotiate() -> None:
    """Refuse a client that accepts nothing of what the address answers with."""
    if request.method in ("GET", "HEAD") and not carries_login():
        only_asks.set(True)
    if request.method == "OPTIONS" or "Accept" not in request.headers:
        return
    offered = "text/csv" if request.endpoint == "api.export_posts" else "application/json"
    if not request.accept_mimetypes.best_match([offered]):
        raise NotAcceptable


@bp.after_request  # type: ignore[untyped-decorator]
def finish(response: Response) -> Response:
    """Say how long the answer may be kept, and answer 304 where the client has it already."""
    if request.method not in ("GET", "HEAD") or response.status_code != 200:
        response.headers.setdefault("Cache-Control", "no-store")
        return response
    if "Cache-Control" not in response.headers:
        personal = caller() is not None
        response.headers["Cache-Control"] = (
            "private, no-store" if personal else f"public, max-age={PUBLIC_SECONDS}"
        )
    response.vary.update(("Authorization", "Cookie"))
    if response.is_streamed:
        return response
    if "ETag" not in response.headers:
        response.set_etag(digest(response.get_data()))
    response.make_conditional(request)
    return response


def digest(data: bytes) -> str:
    """Return the entity tag of a body."""
    return hashlib.sha256(data).hexdigest()[:32]


def json_response(
    body: Any, status: int = 200, headers: Mapping[str, str] = MappingProxyType({})
) -> Response:
    """Return a JSON answer."""
    text = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    response = Response(text, status, mimetype="application/json")
    response.headers.update(headers)
    return response
