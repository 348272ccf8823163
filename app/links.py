"""Addresses: how they are built is worked out when the first is, and templates remember them.

A page has fifty links, and making one takes 30 µs.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]
MOST_LINKS = 5_000
MOST_CHARS = 300  # A visitor chooses how long some are; those are not kept.


class Route(Rule):
    """A rule whose address builders are compiled when they are first used.

    Werkzeug compiles two for each rule at once, which is a twentieth of the application's start.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Builder:
        name = "_build_unknown" if append_unknown else "_build"

        def build(_: Rule, **values: Any) -> tuple[str, str]:
            compiled: Builder = (
                super(Route, self)._compile_builder(append_unknown).__get__(self, None)
            )
            setattr(self, name, compiled)
            return compiled(**values)

        return build


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
