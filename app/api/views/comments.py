"""Comments."""

from typing import Any

from flask import Response

from app.api.blueprint import bp, json_response
from app.api.idempotency import idempotent
from app.api.paging import numbered
from app.api.schemas.comments import (
    CommentChanges,
    CommentInput,
    CommentPageSchema,
    CommentSchema,
)
from app.api.schemas.fields import PageArgs
from app.caller import caller, calling_key, signed_in_caller
from app.limits import limit
from app.models import Comment
from app.services import comments, discussion, listing
from app.services.paging import NumberedPage


@bp.route("/posts/<id:post_id>/comments", tags=["comments"])
@bp.arguments(PageArgs, location="query")
@bp.response(200, CommentPageSchema)
def list_comments(args: dict[str, Any], post_id: int) -> Response:
    """List the comments of an article, the oldest first"""
    viewer = caller()
    listing.find_post(post_id=post_id, viewer=viewer, bodies=())
    return shown(discussion.list_comments(post_id=post_id, viewer=viewer, **args))


@bp.route("/posts/<id:post_id>/comments", methods=["POST"], tags=["comments"])
@limit("comment_network")
@limit("comment", key=calling_key)
@idempotent(Comment, lambda comment: described(comment, 201))
@bp.arguments(CommentInput)
@bp.response(201, CommentSchema)
def create_comment(fields: dict[str, Any], post_id: int) -> Response:
    """Comment on a public article

    It waits for approval unless its writer is known; the same words, sent twice within two
    minutes, are one comment.
    """
    author = signed_in_caller()
    post = listing.find_post(post_id=post_id, viewer=author, bodies=())
    return described(comments.add_comment(slug=post.slug, author=author, **fields), 201)


@bp.route("/comments/waiting", tags=["comments"])
@bp.arguments(PageArgs, location="query")
@bp.response(200, CommentPageSchema)
def waiting_comments(args: dict[str, Any]) -> Response:
    """List the comments that wait for approval"""
    return shown(discussion.list_waiting(**args))


@bp.route("/comments/<id:comment_id>", tags=["comments"])
@bp.response(200, CommentSchema)
def read_comment(comment_id: int) -> Response:
    """Read a comment"""
    return described(discussion.find_comment(comment_id=comment_id, viewer=caller()))


@bp.route("/comments/<id:comment_id>", methods=["PATCH"], tags=["comments"])
@bp.arguments(CommentChanges)
@bp.response(200, CommentSchema)
def update_comment(fields: dict[str, Any], comment_id: int) -> Response:
    """Approve a comment, or hide it again"""
    moderator = signed_in_caller()
    comment = comments.approve_comment(
        comment_id=comment_id, moderator=moderator, approved=fields["is_approved"]
    )
    return described(comment)


@bp.route("/comments/<id:comment_id>", methods=["DELETE"], tags=["comments"])
@bp.response(204)
def delete_comment(comment_id: int) -> Response:
    """Delete one's own comment; editors delete anyone's"""
    user = signed_in_caller()
    discussion.find_comment(comment_id=comment_id, viewer=user)
    comments.delete_comment(comment_id=comment_id, user=user)
    return Response(status=204)


def described(comment: Comment, status: int = 200) -> Response:
    """Return the answer that shows a comment."""
    response = json_response(CommentSchema().dump(comment), status)
    if status == 201:
        response.headers["Location"] = f"{bp.url_prefix}/comments/{comment.id}"
    return response


def shown(page: NumberedPage) -> Response:
    """Return the answer that shows a page of comments."""
    body, headers = numbered(page)
    body["items"] = CommentSchema(many=True).dump(body["items"])
    return json_response(body, headers=headers)
