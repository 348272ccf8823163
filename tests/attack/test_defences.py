"""Every defence bears load: the attack that it stops gets in as soon as it is taken away."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import db
from tests.attack.defences import (
    browsers,
    files,
    lines,
    logins,
    rights,
    scripts,
    secrets,
    sessions,
    supply,
    tokens,
    work,
)
from tests.attack.defences.scene import Row, Scene
from tests.conftest import empty_tables

FAMILIES = (
    browsers,
    files,
    lines,
    logins,
    rights,
    scripts,
    secrets,
    sessions,
    supply,
    tokens,
    work,
)
DEFENCES: dict[str, Row] = {
    name: row for family in FAMILIES for name, row in family.DEFENCES.items()
}
TRIED = 2 * len(DEFENCES)


@pytest.mark.parametrize("name", DEFENCES)
def test_an_attack_gets_in_without_its_defence_and_only_then(
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    sign_in: Callable[..., FlaskClient],
    make_app: Callable[..., Flask],
    tmp_path: Path,
    name: str,
) -> None:
    attack, take_away = DEFENCES[name]
    protected = ("form tokens", "form tokens in the API", "origin of forms")
    app.config["WTF_CSRF_ENABLED"] = name in protected
    with pytest.MonkeyPatch.context() as patch:
        scene = Scene(app, patch, sign_in, make_app, folder(tmp_path, "with"))
        assert not attack(scene), "it gets in though defended"
    clean()
    scene = Scene(app, monkeypatch, sign_in, make_app, folder(tmp_path, "without"))
    take_away(scene)
    got_in = attack(scene)
    app.jinja_env.cache.clear()  # Templates keep whether they escape.
    assert got_in, "the defence makes no difference"


def folder(parent: Path, name: str) -> Path:
    """Return a folder of its own for either try."""
    (parent / name).mkdir()
    return parent / name


def clean() -> None:
    """Begin anew with empty tables."""
    db.session.rollback()
    db.session.remove()
    empty_tables()


def test_no_defence_hides_another_of_its_name() -> None:
    assert len(DEFENCES) == sum(len(family.DEFENCES) for family in FAMILIES)
    assert all(family.DEFENCES for family in FAMILIES)
