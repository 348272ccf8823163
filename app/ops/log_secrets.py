"""Keeps out of the log what nobody may read there: our own secrets, and what a visitor sent.

An error's text may hold anything: a password that could not be parsed, an address with a token.
So whatever the present request brought is blotted out of every line that we do not word ourselves.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from flask import Flask, has_request_context, request
from werkzeug.datastructures import MultiDict

BLOT = "[redacted]"
# PostgreSQL quotes the statement, values included, and the row that it refuses.
QUOTED = re.compile(r"^((?:LINE \d+|DETAIL):).*(?:\n *\^)?$", re.MULTILINE)
LEAST_CHARS = 6  # Shorter values hide nothing and would blot out half of the text.
MOST_VALUES = 1000
# Headers whose values are everybody's, or ours.
OPEN_HEADERS = re.compile(
    r"accept(-encoding|-language)?|cache-control|connection|content-(length|type)|host|"
    r"if-(match|none-match|modified-since)|origin|user-agent|x-forwarded-\w+|x-request-id",
    re.IGNORECASE,
)


def own_secrets(app: Flask) -> tuple[str, ...]:
    """Return the secrets of the configuration, passwords in addresses included."""
    config = app.config
    found = {config["SECRET_KEY"]}
    found |= {pair.partition("=")[2] for pair in config["TOKEN_KEYS"].split(",")}
    for name in ("DATABASE_URL", "REDIS_URL", "SMTP_URL"):
        if password := urlsplit(config[name]).password:
            found |= {password, unquote(password)}
    return long_ones(found)


def long_ones(values: Iterable[Any]) -> tuple[str, ...]:
    """Return the texts worth hiding, as they are and as errors write them.

    The longest come first: one may hold another.
    """
    texts = {value for value in values if isinstance(value, str) and len(value) >= LEAST_CHARS}
    texts |= {form(text)[1:-1] for text in texts for form in (repr, json.dumps)}
    texts |= {quote(text) for text in texts}
    return tuple(sorted(texts, key=len, reverse=True)[:MOST_VALUES])


def sent_values() -> tuple[str, ...]:
    """Return what the present request brought, as far as it has been read."""
    if not has_request_context():
        return ()
    read = request.__dict__
    values: list[Any] = [*(request.view_args or {}).values(), *request.cookies.values()]
    for name, value in request.headers.items():
        if not OPEN_HEADERS.fullmatch(name):
            values += [value, *value.split()]
    for fields in (request.args, read.get("form", MultiDict())):
        values += [part for _, part in fields.items(multi=True)]
    values += [upload.filename for upload in (read.get("files") or {}).values()]
    values += leaves(getattr(request, "_cached_json", (None,))[0])
    return long_ones(values)


def leaves(value: Any) -> Iterator[Any]:
    """Yield the values in a parsed JSON body."""
    if isinstance(value, dict):
        for part in value.values():
            yield from leaves(part)
    elif isinstance(value, list):
        for part in value:
            yield from leaves(part)
    else:
        yield value


def blotted(text: str, secrets: Iterable[str]) -> str:
    """Return a text without the secrets, and without what PostgreSQL quotes of a statement."""
    text = QUOTED.sub(rf"\1 {BLOT}", text)
    for secret in secrets:
        if secret in text:
            text = text.replace(secret, BLOT)
    return text
