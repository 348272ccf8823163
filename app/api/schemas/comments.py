"""Comments."""

from marshmallow import Schema, fields

from app.api.schemas.fields import MAX_ID, VISIBLE_TEXT, Flag, JsonNumber, PageFields, Text
from app.api.schemas.posts import AuthorSchema

MAX_CHARS = 50_000


class CommentSchema(Schema):
    """A comment or a reply."""

    id = fields.Integer(required=True, metadata={"example": 7})
    post_id = fields.Integer(required=True, metadata={"example": 1})
    parent_id = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "What it replies to, which may be deleted.", "example": None},
    )
    content = fields.String(required=True, metadata={"example": "Well said."})
    content_html = fields.String(required=True, metadata={"example": "<p>Well said.</p>"})
    is_approved = fields.Boolean(required=True, metadata={"example": True})
    author = fields.Nested(AuthorSchema, required=True, allow_none=True)
    display_name = fields.String(
        required=True,
        metadata={"description": "Its writer, with an account here or not.", "example": "Ann"},
    )
    created_at = fields.AwareDateTime(
        required=True, metadata={"example": "2026-11-23T08:00:00+00:00"}
    )


class CommentInput(Schema):
    """A comment to add."""

    content = Text(
        least=1,
        most=MAX_CHARS,
        pattern=VISIBLE_TEXT,
        required=True,
        metadata={
            "description": "Light Markdown; COMMENT_MAX_CHARS bounds it further.",
            "example": "Well said.",
        },
    )
    parent_id = JsonNumber(
        least=1,
        most=MAX_ID,
        allow_none=True,
        metadata={"description": "The comment to reply to.", "example": None},
    )


class CommentChanges(Schema):
    """The moderator's decision."""

    is_approved = Flag(required=True, metadata={"example": True})


class CommentPageSchema(PageFields):
    """A page of comments."""

    items = fields.List(fields.Nested(CommentSchema), required=True)
