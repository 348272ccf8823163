"""Reads what a request says: strictly, so that a mistake is told and never guessed around."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

import marshmallow as ma
from flask import Request
from flask_babel import gettext as _
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from app.services.errors import Invalid

# The longest article in characters that take six bytes each (`\\u4e2d`), and what is around it.
MAX_JSON_BYTES = 4 * 1024 * 1024
BODY = "body"


class TwiceGiven(ValueError):
    """A member of a JSON object stands in it twice; the text is its name."""


class StrictParser(FlaskParser):
    """Refuses unknown and repeated names, and JSON that parsers do not agree about."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"json": ma.RAISE, "query": ma.RAISE}  # noqa: RUF012

    def use_args(self, argmap: Any, *arguments: Any, **options: Any) -> Any:
        """Decorate a view; a schema is made once, not anew for each request."""
        schema = argmap() if isinstance(argmap, type) else argmap
        return super().use_args(schema, *arguments, **options)

    def load_json(self, req: Request, schema: ma.Schema) -> Any:
        """Return the JSON of the body."""
        return read_json(req)

    def load_querystring(self, req: Request, schema: ma.Schema) -> dict[str, str]:
        """Return the arguments of the address."""
        twice = [name for name, values in req.args.lists() if len(values) > 1]
        if twice:
            raise Invalid({name: [_("Give this once.")] for name in twice})
        return req.args.to_dict()

    def handle_error(self, error: ma.ValidationError, *_: Any, **__: Any) -> NoReturn:
        """Turn the schema's faults into the one kind of answer."""
        messages = error.messages
        by_location = messages if isinstance(messages, Mapping) else {BODY: messages}
        faults: dict[str, list[str]] = {}
        for found in by_location.values():
            faults |= flatten(found)
        raise Invalid(faults)


def read_json(req: Request) -> Any:
    """Return the JSON of a body; raises `BadRequest`, `UnsupportedMediaType` or `Invalid`."""
    req.max_content_length = MAX_JSON_BYTES
    data = req.get_data()
    if not data:
        raise BadRequest(_("A JSON body is needed."))
    if req.mimetype and req.mimetype != "application/json":
        raise UnsupportedMediaType(_("Send the body as application/json."))
    try:
        return json.loads(
            data.decode(), object_pairs_hook=members_once, parse_constant=refuse_constant
        )
    except TwiceGiven as error:
        raise Invalid({str(error): [_("Give this once.")]}) from None
    # ValueError covers broken UTF-8, broken JSON and numbers of thousands of digits.
    except (ValueError, RecursionError):
        raise BadRequest(_("The body is not valid JSON.")) from None


def members_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make a JSON object; which of two equal names counts depends on the parser, so none does."""
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _value in pairs]
        raise TwiceGiven(next(name for name in names if names.count(name) > 1))
    return members


def refuse_constant(name: str) -> NoReturn:
    """Refuse NaN and the infinities, which are not JSON."""
    raise ValueError(name)


def flatten(messages: Any, path: str = "") -> dict[str, list[str]]:
    """Return nested faults under dotted names: `tags.0`; those of the whole under `body`."""
    if not isinstance(messages, Mapping):
        texts = [messages] if isinstance(messages, str) else list(messages)
        return {path or BODY: [str(text) for text in texts]}
    faults: dict[str, list[str]] = {}
    for name, found in messages.items():
        inner = path if name == ma.exceptions.SCHEMA else f"{path}.{name}" if path else str(name)
        faults |= flatten(found, inner)
    return faults
