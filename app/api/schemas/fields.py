"""Kinds of values that several schemas share; stricter than marshmallow's own."""

import re
from collections.abc import Callable
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from app.converters import MAX_ID as MAX_ID

# PostgreSQL refuses NUL.
CHARACTER = r"[^\u0000]"
# White space, control and format characters: a text of these alone shows nothing.
INVISIBLE = (
    r"\u0000-\u0020\u007f-\u00a0\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f"
    r"\u3000\ufeff"
)
ANY_TEXT = f"^{CHARACTER}*$"
VISIBLE_TEXT = f"^{CHARACTER}*[^{INVISIBLE}]{CHARACTER}*$"
# Half of a character: JSON can write it, but no text has it.
SURROGATE = re.compile("[\ud800-\udfff]")
MAX_PAGE = 10_000
MAX_PER_PAGE = 100


class Text(fields.String):
    """A text without NUL and halves of characters, `most` characters long at most."""

    def __init__(self, *, most: int, least: int = 0, pattern: str = ANY_TEXT, **kwargs: Any):
        message = {
            ANY_TEXT: "Must not contain NUL.",
            VISIBLE_TEXT: "Must not be empty, nor contain NUL.",
        }
        rules: list[Callable[[str], object]] = [
            validate.Length(min=least, max=most),
            validate.Regexp(pattern, error=message.get(pattern, "Has the wrong form.")),
            refuse_surrogates,
        ]
        super().__init__(validate=rules, **kwargs)


def refuse_surrogates(value: str) -> None:
    """Refuse a text with half of a character in it."""
    if SURROGATE.search(value):
        raise ValidationError("Must not contain half of a character.")


class Flag(fields.Boolean):
    """JSON's true or false, and nothing that only looks like it."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class WholeNumber(fields.Integer):
    """A whole number as JSON writes it (`1`, also `1.0`), or as an address does (`1`)."""

    def __init__(self, *, least: int, most: int, **kwargs: Any):
        super().__init__(validate=validate.Range(min=least, max=most), **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, str) and not (value.isascii() and value.isdecimal()):
            raise self.make_error("invalid", input=value)
        if isinstance(value, float) and not value.is_integer():
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, *args, **kwargs)


class JsonNumber(WholeNumber):
    """A whole number in a JSON body, where a text is none."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, str):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, *args, **kwargs)


class Names(fields.String):
    """Comma-separated names from a closed list, given to the view as a list."""

    def __init__(self, known: tuple[str, ...], **kwargs: Any):
        self.known = known
        choice = "|".join(known)
        pattern = f"^(?:{choice})(?:,(?:{choice}))*$"
        kwargs.setdefault("metadata", {})["pattern"] = pattern
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        names = str(super()._deserialize(value, *args, **kwargs)).split(",")
        if unknown := [name for name in names if name not in self.known]:
            raise ValidationError(
                f"Unknown: {', '.join(unknown)[:100]}. Known: {', '.join(self.known)}."
            )
        return list(dict.fromkeys(names))


class Moment(fields.AwareDateTime):
    """A time with its zone (RFC 3339), in a year that the calendar of readers knows."""

    PATTERN = (
        r"^[12]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
        r"T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$"
    )

    def __init__(self, **kwargs: Any):
        kwargs.setdefault("metadata", {})["pattern"] = self.PATTERN
        super().__init__(format="iso", **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        validate.Regexp(self.PATTERN, error="Write it as 2026-11-23T08:00:00Z.")(value)
        return super()._deserialize(value, *args, **kwargs)


class PageArgs(Schema):
    """Which page of a list."""

    page = WholeNumber(
        least=1,
        most=MAX_PAGE,
        load_default=1,
        metadata={"description": "Number of the page, from 1.", "example": 1},
    )
    per_page = WholeNumber(
        least=1,
        most=MAX_PER_PAGE,
        load_default=20,
        metadata={"description": "Items on a page.", "example": 20},
    )


class PageFields(Schema):
    """What surrounds the items of a page."""

    page = fields.Integer(required=True, metadata={"example": 1})
    per_page = fields.Integer(required=True, metadata={"example": 20})
    total = fields.Integer(required=True, metadata={"example": 1})
    pages = fields.Integer(required=True, metadata={"example": 1})
    has_next = fields.Boolean(required=True, metadata={"example": False})
    has_prev = fields.Boolean(required=True, metadata={"example": False})
