"""Categories and tags."""

from typing import Any

from flask import Response
from marshmallow import Schema

from app.api.blueprint import bp, digest, json_response
from app.api.conditions import require_match
from app.api.idempotency import idempotent
from app.api.paging import numbered
from app.api.schemas.fields import PageArgs
from app.api.schemas.topics import (
    CategoryChanges,
    CategoryInput,
    CategoryPageSchema,
    CategorySchema,
    TagChanges,
    TagInput,
    TagPageSchema,
    TagSchema,
)
from app.caller import caller, signed_in_caller
from app.models import Category, Tag
from app.services import topics

SCHEMAS: dict[type[Any], Schema] = {Category: CategorySchema(), Tag: TagSchema()}
PATHS: dict[type[Any], str] = {Category: "categories", Tag: "tags"}


@bp.route("/categories", tags=["categories"])
@bp.arguments(PageArgs, location="query")
@bp.response(200, CategoryPageSchema)
def list_categories(args: dict[str, Any]) -> Response:
    """List the categories by name"""
    return page_of(Category, args)


@bp.route("/categories", methods=["POST"], tags=["categories"])
@idempotent(Category, lambda category: described(category, 201))
@bp.arguments(CategoryInput)
@bp.response(201, CategorySchema)
def create_category(fields: dict[str, Any]) -> Response:
    """Add a category"""
    return described(topics.create_topic(Category, editor=signed_in_caller(), **fields), 201)


@bp.route("/categories/<id:category_id>", tags=["categories"])
@bp.response(200, CategorySchema)
def read_category(category_id: int) -> Response:
    """Read a category"""
    return described(topics.shown_topic(Category, topic_id=category_id, viewer=caller()))


@bp.route("/categories/<id:category_id>", methods=["PATCH"], tags=["categories"])
@bp.arguments(CategoryChanges)
@bp.response(200, CategorySchema)
def update_category(fields: dict[str, Any], category_id: int) -> Response:
    """Change a category"""
    return change(Category, category_id, fields)


@bp.route("/categories/<id:category_id>", methods=["DELETE"], tags=["categories"])
@bp.response(204)
def delete_category(category_id: int) -> Response:
    """Delete a category; its articles stay without one"""
    return remove(Category, category_id)


@bp.route("/tags", tags=["tags"])
@bp.arguments(PageArgs, location="query")
@bp.response(200, TagPageSchema)
def list_tags(args: dict[str, Any]) -> Response:
    """List the tags by name"""
    return page_of(Tag, args)


@bp.route("/tags", methods=["POST"], tags=["tags"])
@idempotent(Tag, lambda tag: described(tag, 201))
@bp.arguments(TagInput)
@bp.response(201, TagSchema)
def create_tag(fields: dict[str, Any]) -> Response:
    """Add a tag"""
    return described(topics.create_topic(Tag, editor=signed_in_caller(), **fields), 201)


@bp.route("/tags/<id:tag_id>", tags=["tags"])
@bp.response(200, TagSchema)
def read_tag(tag_id: int) -> Response:
    """Read a tag"""
    return described(topics.shown_topic(Tag, topic_id=tag_id, viewer=caller()))


@bp.route("/tags/<id:tag_id>", methods=["PATCH"], tags=["tags"])
@bp.arguments(TagChanges)
@bp.response(200, TagSchema)
def update_tag(fields: dict[str, Any], tag_id: int) -> Response:
    """Change a tag"""
    return change(Tag, tag_id, fields)


@bp.route("/tags/<id:tag_id>", methods=["DELETE"], tags=["tags"])
@bp.response(204)
def delete_tag(tag_id: int) -> Response:
    """Delete a tag; articles stay without it"""
    return remove(Tag, tag_id)


def page_of(kind: type[Any], args: dict[str, Any]) -> Response:
    """Return the answer that shows a page of categories or tags."""
    body, headers = numbered(topics.list_topics(kind, viewer=caller(), **args))
    body["items"] = SCHEMAS[kind].dump(body["items"], many=True)
    return json_response(body, headers=headers)


def change(kind: type[Any], topic_id: int, fields: dict[str, Any]) -> Response:
    """Change a category or a tag that the client has seen as it is."""
    require_match(etag_of(topics.find_topic(kind, topic_id=topic_id)))
    topic = topics.update_topic(kind, editor=signed_in_caller(), topic_id=topic_id, **fields)
    return described(topic)


def remove(kind: type[Any], topic_id: int) -> Response:
    """Delete a category or a tag that the client has seen as it is."""
    require_match(etag_of(topics.find_topic(kind, topic_id=topic_id)))
    topics.delete_topic(kind, editor=signed_in_caller(), topic_id=topic_id)
    return Response(status=204)


def described(topic: Any, status: int = 200) -> Response:
    """Return the answer that shows a category or a tag."""
    response = json_response(SCHEMAS[type(topic)].dump(topic), status)
    response.set_etag(digest(response.get_data()))
    if status == 201:
        response.headers["Location"] = f"{bp.url_prefix}/{PATHS[type(topic)]}/{topic.id}"
    return response


def etag_of(topic: Any) -> str:
    """Return the entity tag of a category or a tag as it is."""
    return digest(described(topic).get_data())
