"""Addresses in templates, remembered: a page has fifty links, and making one takes 30 µs."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flask import Flask

MOST_LINKS = 5_000
MOST_CHARS = 300  # A visitor chooses how long some are; those are not kept.


def init_app(app: Flask) -> None:
    """Give templates a `url_for` that remembers paths."""
    app.jinja_env.globals["url_for"] = remembering(app)


def remembering(app: Flask) -> Callable[..., str]:
    """Return `url_for` for paths of the site, which depend on nothing but the arguments."""

    @lru_cache(maxsize=MOST_LINKS)
    def path(endpoint: str, values: tuple[tuple[str, Any], ...]) -> str:
        return app.url_for(endpoint, **dict(values))

    def url_for(endpoint: str, **values: Any) -> str:
        if endpoint.startswith(".") or "_external" in values:
            return app.url_for(endpoint, **values)
        key = tuple((k, tuple(v) if isinstance(v, list) else v) for k, v in values.items())
        if sum(len(str(value)) for _, value in key) > MOST_CHARS:
            return app.url_for(endpoint, **values)
        return path(endpoint, key)

    return url_for
