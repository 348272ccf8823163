"""What belongs to nothing else: status, search, statistics, uploads, tokens."""

from typing import Any

from marshmallow import INCLUDE, Schema, fields, validate

from app.api.schemas.fields import ANY_TEXT, VISIBLE_TEXT, Moment, PageArgs, PageFields, Text
from app.api.schemas.posts import AuthorSchema, TopicSchema
from app.services.accounts import LONGEST_PASSWORD_READ
from app.services.personal_tokens import SCOPES, scopes_of
from app.services.signing import MAX_TOKEN_CHARS

JWT_EXAMPLE = "eyJhbGciOiJIUzI1NiIs…"


class StatusSchema(Schema):
    """The state of the service."""

    status = fields.String(
        required=True, validate=validate.OneOf(["ok"]), metadata={"example": "ok"}
    )
    version = fields.String(required=True, metadata={"example": "0.1.0"})


class SearchArgs(PageArgs):
    """What to look for."""

    q = Text(
        most=200,
        pattern=ANY_TEXT,
        required=True,
        metadata={"description": "Words; articles that have all of them.", "example": "flask"},
    )


class HitSchema(Schema):
    """An article that was found."""

    id = fields.Integer(required=True, metadata={"example": 1})
    title = fields.String(required=True, metadata={"example": "Hello"})
    slug = fields.String(required=True, metadata={"example": "hello"})
    url = fields.String(attribute="path", required=True, metadata={"example": "/articles/hello"})
    summary = fields.String(required=True, allow_none=True, metadata={"example": "In short."})
    snippet = fields.String(
        required=True,
        metadata={"description": "Plain text around what matched.", "example": "… with Flask …"},
    )
    author = fields.Nested(AuthorSchema, required=True)
    category = fields.Nested(TopicSchema, required=True, allow_none=True)
    published_at = fields.AwareDateTime(
        required=True, metadata={"example": "2026-11-23T08:00:00+00:00"}
    )


class HitPageSchema(PageFields):
    """A page of articles that were found; `total` ends where nobody reads on."""

    items = fields.List(fields.Nested(HitSchema), required=True)


class MonthSchema(Schema):
    """A month."""

    month = fields.String(required=True, metadata={"example": "2026-11"})
    posts = fields.Integer(required=True, metadata={"example": 3})


class StatsSchema(Schema):
    """Numbers about what is public."""

    posts = fields.Integer(required=True, metadata={"example": 3})
    months = fields.List(
        fields.Nested(MonthSchema),
        required=True,
        metadata={"description": "Months with articles, in the site's time zone, newest first."},
    )


class FileInput(Schema):
    """A file; other parts of the form are not looked at."""

    class Meta:
        """What to do with other parts."""

        unknown = INCLUDE

    file = fields.Raw(
        required=True,
        metadata={"type": "string", "format": "binary", "description": "The file itself."},
    )


class UploadSchema(Schema):
    """A file that is kept."""

    message = fields.String(required=True, metadata={"example": "The file is stored."})
    filename = fields.String(required=True, metadata={"example": "cat.png"})
    url = fields.String(required=True, metadata={"example": "/uploads/3f/9a…c1.png"})
    size = fields.Integer(
        required=True, metadata={"description": "Bytes, as stored.", "example": 48213}
    )
    media_type = fields.String(required=True, metadata={"example": "image/png"})


class LoginInput(Schema):
    """Who you are."""

    username = Text(
        least=1,
        most=120,
        required=True,
        metadata={"description": "Name or e-mail address.", "example": "ann"},
    )
    password = Text(
        least=1, most=LONGEST_PASSWORD_READ, required=True, metadata={"example": "Correct-Horse-7"}
    )
    code = Text(
        most=40,
        load_default="",
        metadata={
            "description": "A code of the second factor, for those who have set one up.",
            "example": "123456",
        },
    )


class RefreshInput(Schema):
    """A refresh token."""

    refresh_token = Text(
        least=1, most=MAX_TOKEN_CHARS, required=True, metadata={"example": JWT_EXAMPLE}
    )


class RevokeInput(Schema):
    """A token of any kind."""

    token = Text(least=1, most=MAX_TOKEN_CHARS, required=True, metadata={"example": JWT_EXAMPLE})


class TokenPairSchema(Schema):
    """An access token and what renews it."""

    access_token = fields.String(required=True, metadata={"example": JWT_EXAMPLE})
    refresh_token = fields.String(required=True, metadata={"example": JWT_EXAMPLE})
    token_type = fields.Constant(
        "Bearer", required=True, metadata={"type": "string", "example": "Bearer"}
    )
    expires_in = fields.Integer(
        required=True, metadata={"description": "Life of the access token (s).", "example": 3600}
    )


class PersonalTokenInput(Schema):
    """A token for a script."""

    name = Text(least=1, most=80, pattern=VISIBLE_TEXT, required=True, metadata={"example": "CI"})
    scopes = fields.List(
        fields.String(validate=validate.OneOf(list(SCOPES))),
        required=True,
        validate=validate.Length(min=1, max=len(SCOPES)),
        metadata={
            "description": "Rights; yours bound them, and `read` is always one.",
            "example": ["read", "create"],
        },
    )
    expires_at = Moment(
        allow_none=True, metadata={"description": "Without it, never.", "example": None}
    )


class PersonalTokenSchema(Schema):
    """A token for a script, without its text."""

    id = fields.Integer(required=True, metadata={"example": 4})
    name = fields.String(required=True, metadata={"example": "CI"})
    scopes = fields.Function(
        scopes_of,
        required=True,
        metadata={"type": "array", "items": {"type": "string"}, "example": ["read", "create"]},
    )
    created_at = fields.AwareDateTime(
        required=True, metadata={"example": "2026-11-23T08:00:00+00:00"}
    )
    expires_at = fields.AwareDateTime(required=True, allow_none=True, metadata={"example": None})
    last_used_at = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "To five minutes.", "example": None},
    )


class NewPersonalTokenSchema(PersonalTokenSchema):
    """A token that was just made."""

    token = fields.String(
        required=True,
        metadata={"description": "Shown this once.", "example": "ironpress_N2f…"},
    )


class PersonalTokenListSchema(Schema):
    """One's tokens."""

    items: Any = fields.List(fields.Nested(PersonalTokenSchema), required=True)
