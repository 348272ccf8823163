from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import Markup

from app import fragments
from app.models import Post, db


def test_a_piece_is_rendered_once_for_each_key_and_language(app: Flask) -> None:
    remembered = fragments.remembering(app)
    rendered: list[str] = []

    def caller() -> Markup:
        rendered.append("piece")
        return Markup("piece ") + str(len(rendered))

    with app.app_context(), app.test_request_context(headers={"Accept-Language": "en"}):
        assert [remembered("a", 1, caller=caller) for _ in range(2)] == ["piece 1"] * 2
        assert remembered("a", 2, caller=caller) == "piece 2"
    with app.app_context(), app.test_request_context(headers={"Accept-Language": "zh"}):
        assert remembered("a", 1, caller=caller) == "piece 3"


def test_pieces_do_not_fill_the_memory(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fragments, "MOST_PIECES", 2)
    remembered = fragments.remembering(app)
    with app.test_request_context():
        for number in range(5):
            remembered(number, caller=lambda: Markup("piece"))
        assert remembered(0, caller=lambda: Markup("anew")) == "anew"


def test_large_pieces_do_not_fill_it_either(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fragments, "MOST_CHARS", 8)
    remembered = fragments.remembering(app)
    with app.test_request_context():
        for number in range(3):
            remembered(number, caller=lambda: Markup("piece"))
        assert remembered(0, caller=lambda: Markup("anew")) == "anew"


def test_a_list_shows_every_change(
    app: Flask, client: FlaskClient, make_post: Callable[..., Post]
) -> None:
    app.config["PAGE_CACHE_LIST_SECONDS"] = 0
    posts = [make_post(title=f"Title {number}") for number in range(3)]
    post = posts[0]
    assert "Title 0" in client.get("/").text
    for name, value, seen in (
        ("title", "Renamed", "Renamed"),
        ("summary", "In short", "In short"),
        ("published_at", datetime(2020, 1, 2, tzinfo=UTC), "2020-01-02T00:00:00+00:00"),
        ("reading_minutes", 77, "77 "),
    ):
        setattr(post, name, value)
        db.session.commit()
        assert seen in client.get("/").text, name
    post.author.nickname = "Somebody else"
    db.session.commit()
    assert "Somebody else" in client.get("/").text


def test_a_list_follows_the_sites_time_zone(
    app: Flask, client: FlaskClient, make_post: Callable[..., Post]
) -> None:
    app.config["PAGE_CACHE_LIST_SECONDS"] = 0
    make_post(published_at=datetime(2020, 1, 2, 23, tzinfo=UTC))
    assert "Jan 2, 2020" in client.get("/").text
    app.config["TIME_ZONE"] = "Asia/Shanghai"
    assert "Jan 3, 2020" in client.get("/").text
