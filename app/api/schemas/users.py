"""People."""

from marshmallow import Schema, fields, validate

from app.api.schemas.fields import INVISIBLE, Flag, PageFields, Text
from app.models import Role
from app.services.account_rules import AVATAR_URL_CHARS, BIO_CHARS, NICKNAME_CHARS

ROLES = tuple(role.name.lower() for role in Role)
# https, or one of our own uploads; empty clears.
AVATAR = rf"^(?:https://[^{INVISIBLE}/?#@\\\[\]]+(?:[/?#][^{INVISIBLE}\\\x22\x27<>]*)?|/uploads/[0-9a-z/.]+)?$"


class UserSchema(Schema):
    """Someone with an account. What is private stands there for its owner and for admins."""

    id = fields.Integer(required=True, metadata={"example": 1})
    username = fields.String(required=True, metadata={"example": "ann"})
    nickname = fields.String(required=True, allow_none=True, metadata={"example": "Ann"})
    bio = fields.String(required=True, allow_none=True, metadata={"example": "Writes."})
    avatar_url = fields.String(required=True, allow_none=True, metadata={"example": None})
    created_at = fields.AwareDateTime(
        required=True, metadata={"example": "2026-11-23T08:00:00+00:00"}
    )
    email = fields.String(metadata={"description": "Private.", "example": "ann@example.org"})
    role = fields.Function(
        lambda user: Role(user.role).name.lower(),
        metadata={
            "description": "Private.",
            "type": "string",
            "enum": list(ROLES),
            "example": "author",
        },
    )
    is_active = fields.Boolean(metadata={"description": "Private.", "example": True})
    is_verified = fields.Boolean(metadata={"description": "Private.", "example": True})


PRIVATE_FIELDS = ("email", "role", "is_active", "is_verified")


class UserChanges(Schema):
    """What may be changed of an account; empty texts clear."""

    nickname = Text(most=NICKNAME_CHARS, allow_none=True, metadata={"example": "Ann"})
    bio = Text(most=BIO_CHARS, allow_none=True, metadata={"example": "Writes."})
    avatar_url = Text(
        most=AVATAR_URL_CHARS, pattern=AVATAR, allow_none=True, metadata={"example": None}
    )
    role = fields.String(
        validate=validate.OneOf(ROLES), metadata={"description": "For admins.", "example": "editor"}
    )
    is_active = Flag(metadata={"description": "For admins.", "example": True})


class UserPageSchema(PageFields):
    """A page of people."""

    items = fields.List(fields.Nested(UserSchema), required=True)
