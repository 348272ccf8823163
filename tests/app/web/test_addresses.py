"""Tests of the addresses that pages link to."""

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from flask import Flask, get_template_attribute, render_template_string
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.services.reading import Page
from app.web import addresses

PAGER = (
    "{% from 'macros/pagination.html' import render_pagination with context %}"
    "{{ render_pagination(page, endpoint, **values) }}"
)


def pager(
    app: Flask, address: str, page: Page, endpoint: str = "main.search", **values: str
) -> BeautifulSoup:
    with app.test_request_context(address, headers={"Accept-Language": "en"}):
        html = render_template_string(PAGER, page=page, endpoint=endpoint, values=values)
    return BeautifulSoup(html, "html.parser")


def test_the_links_of_a_list_keep_all_arguments(app: Flask) -> None:
    page = Page([], page=2, per_page=10, pages_ahead=1)
    links = pager(app, "/search?q=a+b&sort=new&tag=x&tag=y&page=2", page)
    kept = "q=a+b&sort=new&tag=x&tag=y"
    assert links.find(rel="prev")["href"] == f"/search?{kept}"
    assert links.find(rel="next")["href"] == f"/search?{kept}&page=3"
    assert links.nav["aria-label"]
    current = links.find(attrs={"aria-current": "page"})
    assert (current.get_text(), current["aria-label"]) == ("2", "Page 2")


def test_a_list_of_one_page_has_no_links(app: Flask) -> None:
    assert not pager(app, "/search", Page([], page=1, per_page=10)).find_all()


def test_left_out_pages_are_marked(app: Flask) -> None:
    links = pager(app, "/", Page([], page=7, per_page=10, pages_ahead=3), "main.index")
    assert [item.get_text() for item in links.find_all("li")] == [
        "1",
        "…",
        "5",
        "6",
        "7",
        "8",
        "9",
        "…",
    ]


def test_arguments_of_the_address_itself_are_not_repeated(app: Flask) -> None:
    page = Page([], page=1, per_page=10, pages_ahead=1)
    links = pager(app, "/categories/ops", page, "main.category", slug="ops")
    assert links.find(rel="next")["href"] == "/categories/ops?page=2"


@given(name=st.text(max_size=20), value=st.text(max_size=20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_no_argument_changes_where_a_link_leads(app: Flask, name: str, value: str) -> None:
    query = {name: value, "_external": "1", "_scheme": "javascript", "endpoint": "x"}
    with app.test_request_context("/articles", query_string=query):
        assert addresses.page_url("main.articles", 2).startswith("/articles?")
        assert addresses.here().startswith("/articles?")


@pytest.mark.parametrize("path", ["/articles?utm_source=x&page=1", "/articles?page=1&utm_source=x"])
def test_a_page_kept_for_everyone_carries_no_foreign_argument(
    app: Flask, client: FlaskClient, path: str
) -> None:
    app.config["PAGE_CACHE_LIST_SECONDS"] = 60
    assert "utm_source" not in client.get(path).text


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("/", "http://localhost/"),
        ("/articles/缓存", "http://localhost/articles/%E7%BC%93%E5%AD%98"),
        (
            "/articles/%E7%BC%93?page=2&q=a%20b",
            "http://localhost/articles/%E7%BC%93?page=2&q=a%20b",
        ),
        ('/a"<b>', "http://localhost/a%22%3Cb%3E"),
    ],
)
def test_an_absolute_address_is_encoded_once(app: Flask, path: str, address: str) -> None:
    assert addresses.absolute(path) == address


def test_switching_the_language_comes_back_to_the_page(
    open_page: Callable[..., BeautifulSoup],
) -> None:
    link = open_page("/search?q=缓存&page=1").find("a", hreflang="zh")
    assert link["href"] == "/language/zh?next=/search?q%3D%25E7%25BC%2593%25E5%25AD%2598%26page%3D1"


def test_the_macro_takes_any_page_with_the_usual_names(app: Flask) -> None:
    class Pagination:
        has_prev, has_next, prev_num, next_num, page = False, True, None, 2, 1

        def iter_pages(self) -> list[int]:
            return [1, 2]

    with app.test_request_context("/"):
        macro = get_template_attribute("macros/pagination.html", "render_pagination")
        assert 'href="/?page=2"' in macro(Pagination(), "main.index")
