"""Whoever answers, Flask or a kept copy: every answer gets the same."""

import json
from collections.abc import Callable

import pytest
from flask import Flask, session
from flask.testing import FlaskClient
from prometheus_client import REGISTRY

from app import access, correlation
from app.ops import logs
from tests.app.ops.test_headers import EXPECTED


@pytest.fixture
def reader(make_app: Callable[..., Flask]) -> FlaskClient:
    return make_app(page_cache_list_seconds=60, log_requests=True).test_client()


def answered(endpoint: str) -> float:
    """Return how many answers of a page were measured."""
    labels = {"endpoint": endpoint, "method": "GET", "status_class": "2xx"}
    name = "ironpress_http_request_duration_seconds_count"
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_a_kept_page_gets_all_that_flasks_answers_get(
    reader: FlaskClient, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    logs.configure("INFO", "json")
    reader.get("/about")
    before = answered("main.about")
    monkeypatch.setattr(Flask, "full_dispatch_request", None)  # Flask is not asked.
    answer = reader.get("/about", headers={"X-Request-ID": "edge-0123456789"})
    assert answer.headers["X-Request-ID"] == "edge-0123456789"
    for name, value in EXPECTED.items():
        assert answer.headers.getlist(name) == [value], name
    assert answered("main.about") == before + 1
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (line["url.path"], line["http.request.id"]) == ("/about", "edge-0123456789")
    assert line["user.signed_in"] is False


def test_a_head_of_a_kept_page_tells_its_length(reader: FlaskClient) -> None:
    length = reader.get("/about").headers["Content-Length"]
    answer = reader.head("/about")
    assert (answer.headers["Content-Length"], answer.data) == (length, b"")


def test_nothing_of_a_request_is_left_to_the_next(reader: FlaskClient) -> None:
    reader.get("/about")
    assert correlation.request_id.get() is None
    assert not correlation.plain_read.get()


def test_reading_begins_no_session_and_a_form_does(reader: FlaskClient) -> None:
    reader.application.config["WTF_CSRF_ENABLED"] = True
    assert "Set-Cookie" not in reader.get("/about").headers
    answer = reader.get("/auth/login")
    assert answer.headers["Set-Cookie"].startswith("session=")
    assert "cookie" in {name.lower() for name in answer.vary}


def test_who_brings_a_session_gets_it(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app()
    monkeypatch.setitem(access.ROUTES, "count", access.PUBLIC)

    def count() -> str:
        session["seen"] = session.get("seen", 0) + 1
        return str(session["seen"])

    app.add_url_rule("/count", "count", count)
    client = app.test_client()
    assert [client.get("/count").text for _ in range(3)] == ["1", "2", "3"]
