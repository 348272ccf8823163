"""Unsaved texts are kept, offered again and thrown away."""

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.extensions import db
from app.models import Autosave, Post, User
from app.services import autosaves

MakeUser = Callable[..., User]
MakePost = Callable[..., Post]
LogIn = Callable[..., FlaskClient]


@pytest.fixture
def author(make_user: MakeUser) -> User:
    return make_user()


@pytest.fixture
def desk(author: User, log_in: LogIn) -> FlaskClient:
    return log_in(author)


def count() -> int:
    return db.session.scalar(select(func.count(Autosave.id))) or 0


def field(page: str, name: str) -> str:
    found = BeautifulSoup(page, "html.parser").select_one(f".desk-form [name={name}]")
    assert found
    return (found.get("value") or found.get_text()).strip()


def test_a_new_text_is_kept_found_on_the_desk_and_gone_when_saved(desk: FlaskClient) -> None:
    form = {"title": "Half", "content": "Half a", "tags": "a, b", "is_published": "y"}
    kept = desk.post("/desk/autosave", data=form).json
    assert "not saved yet" in kept["message"]
    again = desk.post("/desk/autosave", data=form | {"draft": kept["draft"], "content": "Half b"})
    assert again.json["draft"] == kept["draft"]
    link = BeautifulSoup(desk.get("/desk/").text, "html.parser").select_one(".unsaved a")
    assert link.get_text() == "Half"
    page = desk.get(link["href"]).text
    assert (field(page, "content"), field(page, "tags")) == ("Half b", "a, b")
    assert "checked" in page
    answer = desk.post("/desk/posts/new", data=form | {"draft": field(page, "draft")})
    assert answer.status_code == 302
    assert count() == 0


def test_a_fault_in_saving_keeps_the_unsaved_text(desk: FlaskClient) -> None:
    kept = desk.post("/desk/autosave", data={"content": "Untitled"}).json
    desk.post("/desk/posts/new", data={"content": "Untitled", "draft": kept["draft"]})
    assert count() == 1


def test_an_unsaved_change_is_offered_with_the_version_it_began_from(
    desk: FlaskClient, author: User, make_post: MakePost
) -> None:
    post = make_post(author, content="Stored", is_published=False)
    path = f"/desk/posts/{post.id}/edit"
    form = {"title": "T", "content": "Mine", "version": str(post.version)}
    desk.post(f"/desk/autosave?post={post.id}", data=form)
    page = desk.get(path).text
    assert field(page, "content") == "Stored"
    assert f'href="{path}?draft=1"' in page
    desk.post(path, data=form | {"content": "Someone's"})
    desk.post(f"/desk/autosave?post={post.id}", data=form)
    page = desk.get(f"{path}?draft=1").text
    assert field(page, "content") == "Mine"
    late = form | {"version": field(page, "version")}
    assert desk.post(path, data=late).status_code == 409


def test_an_unsaved_text_is_thrown_away_by_a_button(
    desk: FlaskClient, author: User, make_post: MakePost
) -> None:
    post = make_post(author)
    kept = desk.post(f"/desk/autosave?post={post.id}", data={"content": "x"}).json["draft"]
    answer = desk.post(f"/desk/autosave/{kept}/discard")
    assert answer.location == f"/desk/posts/{post.id}/edit"
    kept = desk.post("/desk/autosave", data={"content": "x"}).json["draft"]
    assert desk.post(f"/desk/autosave/{kept}/discard").location == "/desk/"
    assert desk.post(f"/desk/autosave/{kept}/discard").status_code == 404
    assert count() == 0


def test_unsaved_texts_are_their_writers_own(
    desk: FlaskClient, make_user: MakeUser, make_post: MakePost, log_in: LogIn
) -> None:
    kept = desk.post("/desk/autosave", data={"content": "Secret"}).json["draft"]
    stranger = log_in(make_user())
    assert "Secret" not in stranger.get(f"/desk/posts/new?draft={kept}").text
    other = stranger.post("/desk/autosave", data={"content": "x", "draft": kept})
    assert other.json["draft"] != kept
    assert stranger.post(f"/desk/autosave/{kept}/discard").status_code == 404
    assert stranger.post(f"/desk/autosave?post={make_post().id}").status_code == 403


def test_unsaved_texts_are_bounded(
    desk: FlaskClient, author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(autosaves, "NEW_KEPT", 2)
    for number in range(3):
        desk.post("/desk/autosave", data={"title": str(number)})
    assert [kept.fields["title"] for kept in autosaves.list_new(user=author)] == ["2", "1"]
    headers = {"Accept": "application/json"}
    answer = desk.post("/desk/autosave", data={"content": "x" * 520_000}, headers=headers)
    assert answer.status_code == 422
    assert answer.json["errors"]["content"]


def test_a_text_sent_without_a_session_is_shown_again(client: FlaskClient) -> None:
    answer = client.post("/desk/posts/new", data={"title": "T", "content": "Hours <of> work"})
    assert answer.status_code == 401
    page = BeautifulSoup(answer.text, "html.parser")
    assert [text.get_text().strip() for text in page.find_all("textarea")] == [
        "T",
        "Hours <of> work",
    ]
    assert page.select_one("main a[href^='/auth/login']")
    assert client.post("/desk/posts/new").status_code == 302


def test_a_text_sent_to_a_site_without_database_is_shown_again(
    app: Flask, desk: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.exc import OperationalError

    from app.services import publishing

    def away(**_: object) -> None:
        raise OperationalError("", {}, Exception("away"))

    monkeypatch.setattr(publishing, "create_post", away)
    answer = desk.post("/desk/posts/new", data={"title": "T", "content": "Hours of work"})
    assert answer.status_code == 503
    assert "Hours of work" in answer.text


def test_the_browser_is_told_which_of_its_copies_are_saved(desk: FlaskClient) -> None:
    form = {"title": "T", "content": "C"}
    answer = desk.post("/desk/posts/new", data=form | {"copy": "abc123"})
    assert 'data-saved="abc123"' in desk.get(answer.location).text
    desk.post("/desk/posts/new", data=form | {"copy": '"><script>'})
    assert 'data-saved="abc123"' in desk.get("/desk/posts/new").text
