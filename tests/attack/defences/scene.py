"""The application that is attacked with and without a defence, and how one is taken away."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from app import db
from app.models import Post, Role, User
from app.services import publishing
from tests.conftest import PASSWORD

NEW = "Other-Horse-8"


class Scene:
    """The application, two users and their browsers, and how a defence is taken away."""

    def __init__(
        self, app: Flask, patch: pytest.MonkeyPatch, sign_in: Any, make_app: Any, folder: Path
    ) -> None:
        self.app, self.patch, self.make_app, self.folder = app, patch, make_app, folder
        self.sign_in: Callable[[User], FlaskClient] = sign_in
        self.ann, self.bob = self.user("ann"), self.user("bob")

    def user(self, name: str, role: Role = Role.AUTHOR) -> User:
        """Store a user."""
        user = User(username=name, email=f"{name}@example.org", role=int(role))
        user.set_password(PASSWORD)
        db.session.add(user)
        db.session.commit()
        return user

    def post(self, **values: Any) -> Post:
        """Store an article of Ann's."""
        fields = {"title": "Hers", "content": "c", "is_published": True} | values
        return publishing.create_post(author=self.ann, **fields)

    def copy(self, browser: FlaskClient, *names: str) -> FlaskClient:
        """Return a thief's browser with copies of cookies."""
        thief = self.app.test_client()
        for name in names:
            cookie = browser.get_cookie(name)
            assert cookie
            thief.set_cookie(name, cookie.value)
        return thief


def is_in(browser: FlaskClient) -> bool:
    return browser.get("/auth/profile").status_code == 200


def same(value: Any, *_: Any, **__: Any) -> Any:
    return value


def ends_nothing(*_: Any, **__: Any) -> bool:
    return True


class Row(NamedTuple):
    """A defence: what it stops, and how it is taken away."""

    attack: Callable[[Scene], bool]
    take_away: Callable[[Scene], Any]


def without(target: Any, name: str, value: Any) -> Callable[[Scene], Any]:
    """Return what replaces a part of the application."""
    return lambda scene: scene.patch.setattr(target, name, value)


def setting(name: str, value: Any) -> Callable[[Scene], Any]:
    """Return what changes a setting."""
    return lambda scene: scene.app.config.__setitem__(name, value)


def note(name: str, value: Any) -> Callable[[Scene], Any]:
    """Return what an attack does by itself, since it has an application of its own."""
    return lambda scene: setattr(scene, name, value)


def picture(**options: Any) -> bytes:
    output = io.BytesIO()
    Image.new("RGB", (4, 4)).save(output, "PNG", **options)
    return output.getvalue()
