"""Writes that hold only while nobody else has written: `If-Match`."""

from flask import request
from werkzeug.exceptions import PreconditionFailed

from app.api.blueprint import digest
from app.models import Post


def post_etag(post: Post, body: bytes) -> str:
    """Return an article's entity tag: its version, and a digest of how it is shown."""
    return f"{post.version}.{digest(body)}"


def expected_version(post_version: int) -> int | None:
    """Return the version that a write must find, None for any; raises `PreconditionFailed`.

    Only the version in the tag counts: a view counted meanwhile is no reason to refuse an edit.
    """
    tags = request.if_match
    if not tags or tags.star_tag:
        return None
    versions = {tag.partition(".")[0] for tag in tags.as_set()}
    if str(post_version) not in versions:
        raise PreconditionFailed
    return post_version


def require_match(etag: str) -> None:
    """Raise `PreconditionFailed` unless the client has seen the present state."""
    tags = request.if_match
    if tags and not tags.contains(etag):
        raise PreconditionFailed
