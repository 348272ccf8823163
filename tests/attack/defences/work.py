"""Defences against work without end."""

from typing import Any

import pytest

from app.models import passwords
from app.text import markdown, nesting
from app.text.errors import TextTooLong
from tests.attack.defences.scene import Row, Scene, without


def hash_a_book(scene: Scene) -> bool:
    lengths: list[int] = []
    hasher = type(passwords._current())

    def verify(_: Any, __: str, password: str) -> bool:
        lengths.append(len(password))
        return False

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hasher, "verify", verify)
        form = {"username": "ann", "password": "x" * 400_000}
        scene.app.test_client().post("/auth/login", data=form)
    return max(lengths) > 2000


def nest_deeply(_: Scene) -> bool:
    try:
        markdown.render_markdown("<div>" * 1_000)
    except TextTooLong:
        return False
    return True


DEFENCES = {
    "bound on nesting": Row(nest_deeply, without(nesting, "MAX_NESTING", 10**9)),
    "length of a password": Row(
        hash_a_book,
        lambda scene: scene.patch.setattr("app.services.accounts.LONGEST_PASSWORD_READ", 10**9),
    ),
}
