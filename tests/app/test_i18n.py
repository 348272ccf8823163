"""The visitor's language: chosen, else the browser's, else the site's."""

import re
import subprocess
import sys
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.i18n import current_language, language_path
from app.settings import ROOT

# What a template holds besides texts: its own language, code, classes, keys of the keyboard.
NOT_TEXT = re.compile(
    r"\{#.*?#\}|\{% block page_class %\}.*?\{% endblock %\}|\{\{.*?\}\}|\{%.*?%\}"
    r"|<(script|style|svg|kbd|code)\b.*?</\1>",
    re.S,
)
SPOKEN = re.compile(r'\s(?:aria-label|title|alt|placeholder)="([^"]*)"')


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("zh-Hant-TW", "zh"),
        ("en-GB", "en"),
        ("fr,en;q=0.5", "en"),
        ("fr", "en"),
        ("", "en"),
        ("xx-invalid-;;q=9", "en"),
    ],
)
def test_the_browsers_languages_choose(app: Flask, accept: str, language: str) -> None:
    with app.test_request_context("/", headers={"Accept-Language": accept}):
        assert current_language() == language


def test_the_visitors_choice_comes_first(app: Flask) -> None:
    headers = {"Accept-Language": "en", "Cookie": "lang=zh"}
    with app.test_request_context("/", headers=headers):
        assert current_language() == "zh"


def test_an_unknown_choice_is_ignored(app: Flask) -> None:
    headers = {"Accept-Language": "zh", "Cookie": "lang=../../x"}
    with app.test_request_context("/", headers=headers):
        assert current_language() == "zh"


def test_the_sites_language_is_the_last_resort(make_app: Callable[..., Flask]) -> None:
    app = make_app(site_language="zh_Hans_CN")
    with app.test_request_context("/", headers={"Accept-Language": "fr"}):
        assert current_language() == "zh"


def test_switching_sets_the_cookie_and_comes_back(client: FlaskClient) -> None:
    answer = client.get(language_path("zh", "/archive?page=2"))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/archive?page=2")
    assert 'lang="zh-Hans"' in client.get("/").text
    client.get(language_path("en", "/"))
    assert 'lang="en"' in client.get("/").text


def test_the_switch_never_leads_elsewhere(client: FlaskClient) -> None:
    answer = client.get(language_path("zh", "https://evil.example/"))
    assert answer.headers["Location"] == "/"


def test_every_text_is_translated_and_the_catalogues_are_current() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "scripts.translations", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr


def test_no_page_holds_a_text_that_nobody_translates() -> None:
    found = []
    for path in sorted((ROOT / "app" / "templates").rglob("*.html")):
        if path.parent.name == "api":
            continue  # Its page says in its markup that it is in English.
        page = NOT_TEXT.sub(" ", path.read_text(encoding="utf-8"))
        said = [*SPOKEN.findall(page), *re.sub("<[^>]*>", "\n", page).splitlines()]
        found += [f"{path.name}: {text}" for text in said if re.search(r"[^\W\d_]{2}", text)]
    assert found == []
