"""Articles."""

from marshmallow import Schema, fields, validate

from app.api.schemas.fields import (
    ANY_TEXT,
    INVISIBLE,
    MAX_ID,
    VISIBLE_TEXT,
    Flag,
    JsonNumber,
    Moment,
    Names,
    PageArgs,
    PageFields,
    Text,
    WholeNumber,
)
from app.services.criteria import SORTS, STATES
from app.text.markdown import MAX_SOURCE_CHARS

EXAMPLE = {"title": "你好, world", "content": "Some **Markdown**.", "tags": ["flask"]}
# A tag's name holds no comma of any keyboard, and something besides # and spaces.
TAG_CHARACTER = r"[^\u0000\n,，、]"
TAG = rf"^{TAG_CHARACTER}*[^#,，、{INVISIBLE}]{TAG_CHARACTER}*$"
SLUG = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
LANGUAGE = r"^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,2}$"


class AuthorSchema(Schema):
    """Who wrote something."""

    id = fields.Integer(required=True, metadata={"example": 1})
    username = fields.String(required=True, metadata={"example": "ann"})
    nickname = fields.String(required=True, allow_none=True, metadata={"example": "Ann"})
    avatar_url = fields.String(required=True, allow_none=True, metadata={"example": None})


class TopicSchema(Schema):
    """A category or a tag, as an article names it."""

    id = fields.Integer(required=True, metadata={"example": 3})
    name = fields.String(required=True, metadata={"example": "Flask"})
    slug = fields.String(required=True, metadata={"example": "flask"})


class PostSchema(Schema):
    """An article."""

    id = fields.Integer(metadata={"example": 1})
    title = fields.String(metadata={"example": EXAMPLE["title"]})
    slug = fields.String(metadata={"example": "ni-hao-world"})
    content = fields.String(metadata={"description": "Markdown.", "example": EXAMPLE["content"]})
    content_html = fields.String(
        metadata={"description": "What readers see.", "example": "<p>Some <strong>…</p>"}
    )
    content_format = fields.String(
        validate=validate.OneOf(["markdown", "html"]), metadata={"example": "markdown"}
    )
    summary = fields.String(allow_none=True, metadata={"example": "Some Markdown."})
    language = fields.String(allow_none=True, metadata={"example": "en"})
    is_published = fields.Boolean(metadata={"example": True})
    published_at = fields.AwareDateTime(
        allow_none=True, metadata={"example": "2026-11-23T08:00:00+00:00"}
    )
    url = fields.String(
        attribute="path",
        metadata={"description": "Path of its page.", "example": "/articles/ni-hao-world"},
    )
    view_count = fields.Integer(metadata={"example": 42})
    word_count = fields.Integer(metadata={"example": 2})
    reading_minutes = fields.Integer(metadata={"example": 1})
    version = fields.Integer(
        metadata={"description": "Rises with every change; the ETag has it.", "example": 1}
    )
    author = fields.Nested(AuthorSchema)
    category = fields.Nested(TopicSchema, allow_none=True)
    tags = fields.List(fields.Nested(TopicSchema))
    created_at = fields.AwareDateTime(metadata={"example": "2026-11-23T08:00:00+00:00"})
    updated_at = fields.AwareDateTime(metadata={"example": "2026-11-23T08:00:00+00:00"})


POST_FIELDS = tuple(PostSchema().fields)
# Lists leave the bodies out unless `fields` asks for them.
BODY_FIELDS = ("content", "content_html")
LIST_FIELDS = tuple(name for name in POST_FIELDS if name not in BODY_FIELDS)


class PostChanges(Schema):
    """Some fields of an article; what is left out stays as it is."""

    title = Text(least=1, most=200, pattern=VISIBLE_TEXT, metadata={"example": EXAMPLE["title"]})
    content = Text(
        least=1,
        most=MAX_SOURCE_CHARS,
        pattern=VISIBLE_TEXT,
        metadata={"description": "Markdown.", "example": EXAMPLE["content"]},
    )
    summary = Text(
        most=500,
        allow_none=True,
        metadata={"description": "Made from the text when empty.", "example": "In short."},
    )
    slug = Text(
        most=200,
        pattern=SLUG,
        allow_none=True,
        metadata={"description": "Made from the title when missing.", "example": "hello"},
    )
    language = Text(most=20, pattern=LANGUAGE, allow_none=True, metadata={"example": "en"})
    category_id = JsonNumber(least=1, most=MAX_ID, allow_none=True, metadata={"example": None})
    tags = fields.List(
        Text(least=1, most=50, pattern=TAG),
        validate=validate.Length(max=20),
        metadata={"description": "Names; unknown ones are added.", "example": ["flask"]},
    )
    is_published = Flag(metadata={"example": True})
    published_at = Moment(
        allow_none=True,
        metadata={"description": "With is_published, a future time schedules.", "example": None},
    )


class PostInput(PostChanges):
    """A whole article."""

    title = Text(
        least=1,
        most=200,
        pattern=VISIBLE_TEXT,
        required=True,
        metadata={"example": EXAMPLE["title"]},
    )
    content = Text(
        least=1,
        most=MAX_SOURCE_CHARS,
        pattern=VISIBLE_TEXT,
        required=True,
        metadata={"description": "Markdown.", "example": EXAMPLE["content"]},
    )


class SparseArgs(Schema):
    """Which fields."""

    fields_ = Names(
        POST_FIELDS,
        data_key="fields",
        metadata={"description": "Only these fields, comma-separated.", "example": "id,title"},
    )


class PostListArgs(SparseArgs, PageArgs):
    """Which articles, in which order."""

    sort = fields.String(
        load_default="-published_at",
        validate=validate.OneOf(SORTS),
        metadata={"description": "A minus sorts downwards.", "example": "-published_at"},
    )
    state = fields.String(
        load_default="published",
        validate=validate.OneOf(STATES),
        metadata={
            "description": "All but `published` show one's own articles, and editors everyone's.",
            "example": "published",
        },
    )
    author = WholeNumber(least=1, most=MAX_ID, metadata={"description": "An author's id."})
    category = Text(most=50, pattern=ANY_TEXT, metadata={"description": "A category's slug."})
    tag = Text(
        most=255,
        pattern=ANY_TEXT,
        metadata={"description": "Slugs, comma-separated: articles that carry all of them."},
    )
    language = Text(most=20, pattern=ANY_TEXT, metadata={"description": "Such as `en`."})
    published_after = Moment(metadata={"description": "Published at this time or later."})
    published_before = Moment(metadata={"description": "Published before this time."})
    cursor = Text(
        most=1000,
        pattern=ANY_TEXT,
        metadata={
            "description": "`next_cursor` of the page before, or empty for the first one; takes "
            "the place of `page`, costs the same at any depth, and counts no total."
        },
    )


class PostPageSchema(PageFields):
    """A page of articles. By cursor, `page`, `total`, `pages` and `has_prev` are missing."""

    page = fields.Integer(metadata={"example": 1})
    total = fields.Integer(metadata={"example": 1})
    pages = fields.Integer(metadata={"example": 1})
    has_prev = fields.Boolean(metadata={"example": False})
    items = fields.List(fields.Nested(PostSchema), required=True)
    next_cursor = fields.String(
        allow_none=True, metadata={"description": "Leads to the next page.", "example": None}
    )


class PopularArgs(SparseArgs):
    """How many of the most read articles."""

    limit = WholeNumber(least=1, most=50, load_default=10, metadata={"example": 10})


class PostListSchema(Schema):
    """Some articles."""

    items = fields.List(fields.Nested(PostSchema), required=True)
