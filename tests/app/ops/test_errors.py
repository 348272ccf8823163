"""Whatever goes wrong, the answer has one form, and shows nothing of the inside."""

from collections.abc import Callable

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app import access
from app.models import Post
from app.services import errors as domain

STATUSES = [400, 401, 403, 404, 405, 413, 415, 422, 429, 500, 503]
FAILURES = [
    (domain.NotFound("gone"), 404),
    (domain.Forbidden("no"), 403),
    (domain.Conflict("late"), 409),
    (domain.Invalid({"title": ["too long"]}), 422),
    (OperationalError("SELECT secret", {}, Exception("refused")), 503),
    (PoolTimeoutError("QueuePool limit"), 503),
    (RuntimeError("a secret detail"), 500),
]


@pytest.fixture
def failing(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., FlaskClient]:
    """Give a function that builds a client whose /fail raises an error."""

    def build(error: Exception | int) -> FlaskClient:
        app = make_app()
        app.config["PROPAGATE_EXCEPTIONS"] = False
        monkeypatch.setitem(access.ROUTES, "fail", access.PUBLIC)

        @app.get("/fail")
        def fail() -> None:
            if isinstance(error, int):
                abort(error)
            raise error

        return app.test_client()

    return build


@pytest.mark.parametrize("status", STATUSES)
def test_an_error_is_a_page_or_json_by_the_accept_header(
    failing: Callable[..., FlaskClient], status: int
) -> None:
    client = failing(status)
    page = client.get("/fail", headers={"Accept": "text/html"})
    assert page.status_code == status
    assert page.mimetype == "text/html"
    assert page.headers["X-Request-ID"] in page.text
    data = client.get("/fail", headers={"Accept": "application/json"})
    assert data.status_code == status
    assert data.json["status"] == status
    assert data.json["error"]
    assert data.json["request_id"] == data.headers["X-Request-ID"]


@pytest.mark.parametrize(("error", "status"), FAILURES)
def test_failures_become_statuses_and_leak_nothing(
    failing: Callable[..., FlaskClient], error: Exception, status: int
) -> None:
    answer = failing(error).get("/fail")
    assert answer.status_code == status
    for inside in ("secret", "Traceback", "QueuePool", "SELECT"):
        assert inside not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert ("Retry-After" in answer.headers) == (status == 503)


def test_pages_speak_the_readers_language(client: FlaskClient) -> None:
    assert "页面" in client.get("/absent", headers={"Accept-Language": "zh-CN"}).text
    assert "Page not found" in client.get("/absent", headers={"Accept-Language": "en"}).text


def test_a_wrong_method_names_the_right_ones(client: FlaskClient) -> None:
    answer = client.post("/")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_a_former_address_leads_to_the_article(
    client: FlaskClient, make_post: Callable[..., Post]
) -> None:
    from app import db

    post = make_post(slug="first-name")
    post.slug = "second-name"
    db.session.commit()
    answer = client.get("/articles/first-name")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/articles/second-name")
    post.slug = "first-name"
    db.session.commit()
    assert client.get("/articles/first-name").status_code == 200
    assert client.get("/articles/second-name").headers["Location"] == "/articles/first-name"


def test_an_unpublished_articles_former_address_is_not_given_away(
    client: FlaskClient, make_post: Callable[..., Post]
) -> None:
    from app import db

    post = make_post(slug="first-name")
    post.slug, post.is_published = "second-name", False
    db.session.commit()
    assert client.get("/articles/first-name").status_code == 404


def test_a_form_without_its_token_says_what_to_do(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    app.config["WTF_CSRF_ENABLED"] = True
    answer = app.test_client().post("/auth/login", data={"username": "a", "password": "b"})
    assert answer.status_code == 400
    assert "reload the page" in answer.text
