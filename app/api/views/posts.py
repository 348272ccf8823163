"""Articles."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Response

from app.api.blueprint import bp, json_response
from app.api.conditions import expected_version, post_etag
from app.api.idempotency import idempotent
from app.api.paging import by_cursor, numbered
from app.api.schemas.posts import (
    BODY_FIELDS,
    LIST_FIELDS,
    POST_FIELDS,
    PopularArgs,
    PostChanges,
    PostInput,
    PostListArgs,
    PostListSchema,
    PostPageSchema,
    PostSchema,
    SparseArgs,
)
from app.api.shown import shown_posts
from app.caller import caller, signed_in_caller
from app.models import Post
from app.services import listing, publishing
from app.services.criteria import Filters
from app.services.errors import Invalid
from app.services.post_fields import PostFields

POST_ROUTE = "/posts/<id:post_id>"
# What a whole article says by leaving a field out.
LEFT_OUT: PostFields = {
    "summary": "",
    "category_id": None,
    "tags": "",
    "language": None,
    "is_published": False,
}


@bp.route("/posts", tags=["posts"])
@bp.arguments(PostListArgs, location="query")
@bp.response(200, PostPageSchema)
def list_posts(args: dict[str, Any]) -> Response:
    """List articles

    Without bodies, unless `fields` asks for them. Readers see what is public.
    """
    only = args.get("fields_", list(LIST_FIELDS))
    wanted = {
        "viewer": caller(),
        "filters": filters_of(args),
        "sort": args["sort"],
        "per_page": args["per_page"],
        "bodies": bodies_in(only),
    }
    if "cursor" in args:
        page = listing.list_posts_after(**wanted, cursor=args["cursor"])
        body, headers = by_cursor(page)
    else:
        body, headers = numbered(listing.list_posts(**wanted, page=args["page"]))
    body["items"] = shown_posts(body["items"], only)
    return json_response(body, headers=headers)


@bp.route("/posts", methods=["POST"], tags=["posts"])
@idempotent(Post, lambda post: described(post, 201))
@bp.arguments(PostInput)
@bp.response(201, PostSchema)
def create_post(fields: dict[str, Any]) -> Response:
    """Write an article"""
    with names_of_the_api():
        post = publishing.create_post(author=signed_in_caller(), **post_fields(fields))
    return described(post, 201)


@bp.route("/posts/popular", tags=["posts"])
@bp.arguments(PopularArgs, location="query")
@bp.response(200, PostListSchema)
def popular_posts(args: dict[str, Any]) -> Response:
    """List the most read articles"""
    only = args.get("fields_", list(LIST_FIELDS))
    posts = listing.popular_posts(limit=args["limit"], bodies=bodies_in(only))
    return json_response({"items": shown_posts(posts, only)})


@bp.route(POST_ROUTE, tags=["posts"])
@bp.arguments(SparseArgs, location="query")
@bp.response(200, PostSchema)
def read_post(args: dict[str, Any], post_id: int) -> Response:
    """Read an article

    A draft, or one that is scheduled, exists for its author and for editors only.
    """
    only = args.get("fields_")
    bodies = bodies_in(only or BODY_FIELDS)
    post = listing.find_post(post_id=post_id, viewer=caller(), bodies=bodies)
    return described(post, only=only)


@bp.route(POST_ROUTE, methods=["PUT"], tags=["posts"])
@bp.arguments(PostInput)
@bp.response(200, PostSchema)
def replace_post(fields: dict[str, Any], post_id: int) -> Response:
    """Replace an article

    What is left out is emptied; only the slug and the date of publication stay.
    """
    return change(post_id, LEFT_OUT | post_fields(fields))


@bp.route(POST_ROUTE, methods=["PATCH"], tags=["posts"])
@bp.arguments(PostChanges)
@bp.response(200, PostSchema)
def update_post(fields: dict[str, Any], post_id: int) -> Response:
    """Change some fields of an article"""
    return change(post_id, post_fields(fields))


@bp.route(POST_ROUTE, methods=["DELETE"], tags=["posts"])
@bp.response(204)
def delete_post(post_id: int) -> Response:
    """Delete an article with its comments, for good"""
    editor = signed_in_caller()
    post = publishing.editable_post(post_id=post_id, user=editor)
    expected_version(post.version)
    publishing.delete_post(post_id=post_id, editor=editor)
    return Response(status=204)


def change(post_id: int, fields: PostFields) -> Response:
    """Change an article that the client has seen in its present version, where it says so."""
    editor = signed_in_caller()
    post = publishing.editable_post(post_id=post_id, user=editor)
    version = expected_version(post.version)
    with names_of_the_api():
        post = publishing.update_post(post_id=post_id, editor=editor, version=version, **fields)
    return described(post)


@contextmanager
def names_of_the_api() -> Iterator[None]:
    """Blame the field that was sent, which forms name differently."""
    try:
        yield
    except Invalid as error:
        if "category" not in error.fields:
            raise
        raise Invalid({"category_id": error.fields["category"]}) from None


def described(post: Post, status: int = 200, only: list[str] | None = None) -> Response:
    """Return the answer that shows an article."""
    (shown,) = shown_posts([post], only or POST_FIELDS)
    response = json_response(shown, status)
    response.set_etag(post_etag(post, response.get_data()))
    if status == 201:
        response.headers["Location"] = f"{bp.url_prefix}/posts/{post.id}"
    return response


def post_fields(fields: dict[str, Any]) -> PostFields:
    """Return what was sent in the form that the service takes."""
    given = dict(fields)
    if "tags" in given:
        given["tags"] = ",".join(given["tags"])
    return given  # type: ignore[return-value]  # The schema lets nothing else through.


def filters_of(args: dict[str, Any]) -> Filters:
    """Return what a list is to be narrowed to."""
    slugs = tuple(slug for slug in args.get("tag", "").split(",") if slug)
    names = ("state", "author", "category", "language", "published_after", "published_before")
    return Filters(**{name: args[name] for name in names if name in args}, tags=slugs)


def bodies_in(only: Any) -> tuple[str, ...]:
    """Return which of the large columns have to be loaded."""
    return tuple(name for name in BODY_FIELDS if name in only)
