"""Writes that hold only while nobody else has written: `If-Match`."""

import re

from flask import request
from flask_babel import gettext as _
from werkzeug.exceptions import PreconditionFailed

from app.api.blueprint import digest
from app.models import Post
from app.services.errors import Invalid

IF_MATCH = "If-Match"
TAG = r'(?:W/)?"([!#-~]*)"'
FORM = re.compile(rf"\*|{TAG}(?:, *{TAG})*")
# What a client of ours sends: the one tag it was given.
USUAL_FORM = r'\*|"[!#-~]+"'


def post_etag(post: Post, body: bytes) -> str:
    """Return an article's entity tag: its version, and a digest of how it is shown."""
    return f"{post.version}.{digest(body)}"


def seen_tags() -> set[str] | None:
    """Return the strong tags of `If-Match`; None where any state will do. Raises `Invalid`."""
    given = request.headers.get(IF_MATCH)
    if given is None or given == "*":
        return None
    if not FORM.fullmatch(given):
        raise Invalid({IF_MATCH: [_("Use entity tags in double quotes, or *.")]})
    return {found[1] for found in re.finditer(TAG, given) if not found[0].startswith("W/")}


def expected_version(post_version: int) -> int | None:
    """Return the version that a write must find, None for any; raises `PreconditionFailed`.

    Only the version in the tag counts: a view counted meanwhile is no reason to refuse an edit.
    """
    tags = seen_tags()
    if tags is None:
        return None
    if str(post_version) not in {tag.partition(".")[0] for tag in tags}:
        raise PreconditionFailed
    return post_version


def require_match(etag: str) -> None:
    """Raise `PreconditionFailed` unless the client has seen the present state."""
    tags = seen_tags()
    if tags is not None and etag not in tags:
        raise PreconditionFailed
