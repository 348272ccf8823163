"""Tests of the frame of all pages and of the error page."""

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from flask import Flask, render_template
from flask.testing import FlaskClient

from app.models import User

Open = Callable[..., BeautifulSoup]


def test_a_page_can_be_used_with_a_keyboard_and_a_screen_reader(open_page: Open) -> None:
    page = open_page("/")
    assert page.select_one("body > a")["href"] == "#content"
    assert page.main["id"] == "content"
    assert all(nav.get("aria-label") for nav in page.find_all("nav"))
    assert len(page.find_all("h1")) == 1
    assert all(picture.has_attr("alt") for picture in page.find_all("img"))


def test_the_page_at_hand_is_marked_in_the_menu(open_page: Open) -> None:
    assert open_page("/about").select_one(".nav [aria-current=page]").get_text() == "About"


def test_strangers_are_offered_to_log_in_and_users_to_log_out(
    client: FlaskClient,
    open_page: Open,
    log_in: Callable[..., FlaskClient],
    make_user: Callable[..., User],
) -> None:
    masthead = open_page("/").select_one(".masthead")
    assert masthead.find("a", string="Log in")
    assert not masthead.find("a", string="Log out")
    log_in(make_user(nickname="Wei"))
    masthead = open_page("/").select_one(".masthead")
    assert masthead.find("a", string="Wei")
    assert masthead.find("a", string="Log out")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 413, 422, 429, 500, 503])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_error_says_what_happened_and_names_the_request(
    app: Flask, status: int, language: str
) -> None:
    with app.test_request_context("/x", headers={"Accept-Language": language}):
        html = render_template(
            "errors/error.html", status=status, title="Title", message="Why.", request_id="abc123"
        )
    page = BeautifulSoup(html, "html.parser")
    assert page.h1.get_text() == "Title"
    assert "Why." in page.main.get_text()
    assert page.main.find("code").get_text() == "abc123"
    assert bool(page.select("form[role=search]")) == (status in (404, 405))
    assert bool(page.select_one("main a[href^='/auth/login']")) == (status == 401)


def test_an_error_of_the_server_looks_nobody_up(
    app: Flask,
    make_user: Callable[..., User],
    log_in: Callable[..., FlaskClient],
    count_statements: Callable[..., object],
) -> None:
    client = log_in(make_user())
    cookie = client.get_cookie("session")
    assert cookie
    with (
        app.test_request_context("/", headers={"Cookie": f"session={cookie.value}"}),
        count_statements() as statements,  # type: ignore[attr-defined]
    ):
        render_template("errors/error.html", status=503, title="T", message="M", request_id="x")
    assert statements == []
