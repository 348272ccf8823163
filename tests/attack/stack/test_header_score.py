"""Every kind of answer gets the best grade of Mozilla's Observatory."""

import http.client

import pytest

from tests.attack.stack.client import Client
from tests.attack.stack.observatory import score
from tests.attack.stack.wire import own_edge
from tests.stack.browser import Browser
from tests.stack.stack import HOST, Answer, Stack

LEAST = 130
PAGES = (
    "/", "/articles", "/articles?x=1", "/about", "/archive", "/search?q=a", "/contact",
    "/auth/login", "/auth/register", "/auth/reset", "/auth/logout", "/feed.atom", "/feed.json",
    "/sitemap.xml", "/robots.txt", "/static/css/site.css", "/static/none.js", "/uploads/none.png",
    "/absent", "/healthz/live", "/desk/", "/language/zh", "/api/docs", "/api/v1/posts",
    "/api/v1/openapi.json", "/api/v1/absent", "/api/v1/posts.csv", "/api/v1/users/1",
)  # fmt: skip
OWN_PAGES = ("/", "/auth/profile", "/auth/security", "/desk/", "/desk/posts/new", "/admin/users")
REFUSED = {
    "a method that is not allowed": ("/about", "DELETE", b"", 405),
    "a form that is too large": ("/auth/login", "POST", b"x" * 100_000, 413),
    "an address that is too long": ("/" + "x" * 40_000, "GET", None, 431),
}


@pytest.fixture(scope="module")
def redirect(stack: Stack) -> str:
    """Give where plain HTTP leads to."""
    connection = http.client.HTTPConnection("127.0.0.1", stack.http_port, timeout=20)
    connection.request("GET", "/", headers={"Host": HOST})
    with connection.getresponse() as answer:
        location = answer.getheader("Location", "")
    connection.close()
    return location


@pytest.mark.parametrize("path", PAGES)
def test_a_page_gets_the_best_grade(stack: Stack, redirect: str, path: str) -> None:
    assert score(stack.ask(path), redirect, stack.origin) >= LEAST


@pytest.mark.parametrize("path", OWN_PAGES)
def test_the_pages_of_one_person_do_too(admin: Browser, redirect: str, path: str) -> None:
    answer = admin.get(path)
    assert answer.status == 200
    assert score(answer, redirect, admin.stack.origin) >= LEAST


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_does_too(stack: Stack, redirect: str, name: str) -> None:
    path, method, body, status = REFUSED[name]
    with Client(own_edge(stack)) as client:
        answer = client.ask(path, (), method, body)
    assert answer.status == status
    assert score(answer, redirect, stack.origin) >= LEAST


def test_the_score_falls_with_each_header() -> None:
    headers = {
        "Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
        "Strict-Transport-Security": "max-age=31536000",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    origin = "https://a"

    def points(given: dict[str, str]) -> int:
        return score(Answer(200, list(given.items()), ""), f"{origin}/", origin)

    assert points(headers) == LEAST
    for name in headers:
        assert points({key: value for key, value in headers.items() if key != name}) < LEAST, name
    weak = headers | {"Content-Security-Policy": "default-src 'self' 'unsafe-inline'"}
    assert points(weak) < 100
