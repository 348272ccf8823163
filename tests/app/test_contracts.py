"""Promises about the code as a whole, held by reading it."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from app.access import PUBLIC, ROUTES
from app.settings import ROOT

REQUEST_NAMES = {"request", "session", "flash", "g", "current_user", "abort"}
MAX_FILE_LINES = 320


def python_files(*rooms: str) -> list[Path]:
    return [path for room in rooms for path in sorted((ROOT / "app" / room).rglob("*.py"))]


def test_every_route_has_an_entry_in_the_table_of_rights(app: Flask) -> None:
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(ROUTES)


def test_no_route_that_changes_something_answers_to_get_alone(app: Flask) -> None:
    changing = re.compile(r"delete|approve|logout|revoke|change|new|edit")
    for rule in app.url_map.iter_rules():
        if changing.search(rule.endpoint) and "GET" in (rule.methods or ()):
            assert "POST" in (rule.methods or ()), rule.endpoint


def test_imports_go_one_way() -> None:
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("path", python_files("models", "services", "text"), ids=str)
def test_models_and_services_never_see_a_request(path: Path) -> None:
    imported = {
        alias.name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module in {"flask", "flask_login"}
        for alias in node.names
    }
    assert not imported & REQUEST_NAMES


@pytest.mark.parametrize("path", python_files("."), ids=str)
def test_a_file_stays_short_enough_to_read(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_FILE_LINES


def test_pages_load_nothing_from_elsewhere_and_run_nothing_inline() -> None:
    for path in sorted((ROOT / "app" / "templates").rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<script(?![^>]*(src=|ld\+json))", text), path
        assert not re.search(r"\sstyle=|\son[a-z]+=\"|<style", text), path
        assert not re.search(r"(src|href)=\"https?://", text), path


def test_templates_of_public_pages_do_not_look_at_the_session() -> None:
    for path in sorted((ROOT / "app" / "templates" / "main").rglob("*.html")):
        assert "current_user" not in path.read_text(encoding="utf-8"), path


def test_public_is_said_only_of_routes_that_exist_for_everyone() -> None:
    private = ("posts.", "admin.")
    assert not [
        name for name, rule in ROUTES.items() if rule is PUBLIC and name.startswith(private)
    ]
