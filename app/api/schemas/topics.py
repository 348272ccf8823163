"""Categories and tags."""

from marshmallow import Schema, fields

from app.api.schemas.fields import VISIBLE_TEXT, PageFields, Text
from app.api.schemas.posts import SLUG, TAG


class TagSchema(Schema):
    """A word that articles share."""

    id = fields.Integer(required=True, metadata={"example": 3})
    name = fields.String(required=True, metadata={"example": "Flask"})
    slug = fields.String(required=True, metadata={"example": "flask"})


class CategorySchema(TagSchema):
    """A section of the blog."""

    description = fields.String(
        required=True, allow_none=True, metadata={"example": "About the framework."}
    )


def slug_field() -> Text:
    """Return the field of an address."""
    return Text(
        most=50,
        pattern=SLUG,
        metadata={"description": "Made from the name when missing.", "example": "flask"},
    )


class TagChanges(Schema):
    """Some fields of a tag."""

    name = Text(least=1, most=50, pattern=TAG, metadata={"example": "Flask"})
    slug = slug_field()


class TagInput(TagChanges):
    """A new tag."""

    name = Text(least=1, most=50, pattern=TAG, required=True, metadata={"example": "Flask"})


class CategoryChanges(Schema):
    """Some fields of a category."""

    name = Text(least=1, most=50, pattern=VISIBLE_TEXT, metadata={"example": "Flask"})
    slug = slug_field()
    description = Text(most=200, allow_none=True, metadata={"example": "About the framework."})


class CategoryInput(CategoryChanges):
    """A new category."""

    name = Text(
        least=1, most=50, pattern=VISIBLE_TEXT, required=True, metadata={"example": "Flask"}
    )


class TagPageSchema(PageFields):
    """A page of tags."""

    items = fields.List(fields.Nested(TagSchema), required=True)


class CategoryPageSchema(PageFields):
    """A page of categories."""

    items = fields.List(fields.Nested(CategorySchema), required=True)
