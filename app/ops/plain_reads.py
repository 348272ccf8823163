"""Spares plain reads what they do not need: a session, form tokens, limits.

Whoever reads a page without being logged in brings nothing that these could look at
(`correlation.plain_read`); a page that begins a session, such as the login form, still may.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import URLSafeTimedSerializer

from app.correlation import plain_read
from app.services.signing import Stamper


class Sessions(SecureCookieSessionInterface):
    """Flask's sessions, made and signed only where there is one."""

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return what signs a session, on whichever machine that was."""
        found = super().get_signing_serializer(app)
        if found:
            found.signer = Stamper
        return found

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the session that a request brings, or an empty one."""
        return self.session_class() if plain_read.get() else super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send a session that anybody has looked at."""
        if session.accessed or session.modified:
            super().save_session(app, session, response)


@contextmanager
def spared(app: Flask) -> Iterator[None]:
    """Have the extensions that are initialised inside not called for plain reads."""
    app.session_interface = Sessions()
    hooks: list[list[Callable[..., Any]]] = [
        found.setdefault(None, [])
        for found in (
            app.before_request_funcs,
            app.after_request_funcs,
            app.teardown_request_funcs,
        )
    ]
    numbers = [len(found) for found in hooks]
    yield
    for found, number in zip(hooks, numbers, strict=True):
        found[number:] = [unless_plain(hook) for hook in found[number:]]


def unless_plain(hook: Callable[..., Any]) -> Callable[..., Any]:
    """Return a hook that a plain read passes by; what comes in, the answer, goes out."""

    def passed_by(*given: Any) -> Any:
        if plain_read.get():
            return given[0] if given else None
        return hook(*given)

    return passed_by
