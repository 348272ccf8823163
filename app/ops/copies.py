"""Copies of rendered pages: what one is made of, where it is kept, how it is answered with.

A copy is keyed by what the page may depend on and by nothing else: scheme, host, path, known
query arguments, language. It is kept as bytes, a line of JSON and the compressed body, that go out
as they are to whoever takes gzip, as browsers and the edge do; whatever else is found in its place
reads as no copy.
"""

import gzip
import hashlib
import json
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self
from urllib.parse import urlencode

from flask import Request
from werkzeug.http import parse_accept_header, parse_etags
from werkzeug.wsgi import get_host

from app.extensions import cache
from app.i18n import chosen_language
from app.ops.frame import Headers

KNOWN_ARGUMENTS = ("page", "q")
STALE_SECONDS = 24 * 3600
JITTER = 0.1
# Browsers ask again each time (a signed-in page must not follow from an anonymous copy); the edge
# keeps it for the time that X-Accel-Expires says.
CACHE_CONTROL = "public, max-age=0, must-revalidate"
VARY = ("Accept-Encoding", "Accept-Language", "Cookie")
LEVEL = 6  # Of gzip


@dataclass(frozen=True)
class Copy:
    """A page as it was rendered, and until when it is fresh (Unix seconds)."""

    zipped: bytes
    endpoint: str
    content_type: str
    etag: str
    version: str
    fresh_until: float

    @classmethod
    def of(
        cls, body: bytes, *, endpoint: str, content_type: str, version: str, seconds: int
    ) -> Self:
        """Make one; lifetimes differ a little so that copies do not all expire at once."""
        etag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
        fresh_until = time.time() + seconds * random.uniform(1 - JITTER, 1)  # noqa: S311
        zipped = gzip.compress(body, LEVEL, mtime=0)
        return cls(zipped, endpoint, content_type, etag, version, fresh_until)

    @classmethod
    def read(cls, kept: Any) -> Self | None:
        """Return the copy that was kept, None for anything else."""
        try:
            head, _, zipped = kept.partition(b"\n")
            return cls(zipped, *json.loads(head))
        except (AttributeError, TypeError, ValueError):
            return None

    def to_bytes(self) -> bytes:
        """Return the form in which it is kept."""
        head = (self.endpoint, self.content_type, self.etag, self.version, self.fresh_until)
        return json.dumps(head).encode() + b"\n" + self.zipped

    def is_fresh(self, version: str) -> bool:
        """Say whether the copy may be served without a second thought."""
        return self.version == version and time.time() < self.fresh_until

    def answer(self, environ: Mapping[str, Any], seconds: int) -> tuple[str, Headers, bytes]:
        """Return status, headers and body: 304 where the reader has it already."""
        headers = [
            ("Content-Type", self.content_type),
            ("Cache-Control", CACHE_CONTROL),
            ("X-Accel-Expires", str(seconds)),
            ("ETag", self.etag),
            ("Vary", ", ".join(VARY)),
        ]
        had = environ.get("HTTP_IF_NONE_MATCH")
        if had and parse_etags(had).contains_raw(self.etag):
            return "304 NOT MODIFIED", headers[1:], b""
        if takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")):
            body = self.zipped
            headers.append(("Content-Encoding", "gzip"))
        else:
            body = gzip.decompress(self.zipped)
        headers.append(("Content-Length", str(len(body))))
        return "200 OK", headers, b"" if environ["REQUEST_METHOD"] == "HEAD" else body


@lru_cache(maxsize=256)
def takes_gzip(accepted: str) -> bool:
    """Say whether a reader who sends this Accept-Encoding takes gzip."""
    return bool(parse_accept_header(accepted)["gzip"])


def key_of(environ: dict[str, Any], config: Mapping[str, Any]) -> str:
    """Return the key of the page asked for."""
    query = environ.get("QUERY_STRING", "")
    arguments = ""
    if query:
        given = Request(environ, populate_request=False).args
        # Each one that is given: the page's links carry all of them on.
        arguments = urlencode(
            [(name, value) for name in KNOWN_ARGUMENTS for value in given.getlist(name)]
        )
    language = chosen_language(environ, config["SITE_LANGUAGE"])
    parts = (environ["wsgi.url_scheme"], host_of(environ), environ["PATH_INFO"], arguments)
    return digest("\n".join((*parts, language)))


def host_of(environ: dict[str, Any]) -> str:
    """Return the host asked for, without a port that goes without saying."""
    host: str = environ.get("HTTP_HOST", "")
    return host if host.islower() and ":" not in host else get_host(environ)


@lru_cache(maxsize=4096)
def digest(text: str) -> str:
    """Return the key of what a page depends on."""
    return "page-gzip:" + hashlib.sha256(text.encode()).hexdigest()


def load(key: str) -> Copy | None:
    """Return the copy kept under a key."""
    return Copy.read(cache.get(key))


def keep(key: str, copy: Copy, seconds: int) -> None:
    """Keep a copy for as long as it may be of use."""
    cache.set(key, copy.to_bytes(), seconds + STALE_SECONDS)
