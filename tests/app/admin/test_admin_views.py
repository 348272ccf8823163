"""Moderation as editors see it."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.extensions import db
from app.models import Comment, Post, Role, User

MakeUser = Callable[..., User]


@pytest.fixture
def waiting(
    make_post: Callable[..., Post], make_user: MakeUser, make_comment: Callable[..., Comment]
) -> Comment:
    return make_comment(make_post(), make_user(), content="Is it **spam**?", is_approved=False)


@pytest.fixture
def editor(log_in: Callable[..., FlaskClient], make_user: MakeUser) -> FlaskClient:
    """Give a browser in which an editor is logged in."""
    return log_in(make_user(Role.EDITOR))


def test_what_waits_is_shown_and_approved_with_a_button(
    editor: FlaskClient, waiting: Comment
) -> None:
    page = editor.get("/admin/comments").text
    assert "1 comment waits" in page
    assert "<strong>spam</strong>" in page
    answer = editor.post(
        f"/admin/comments/{waiting.id}/approve", data={"next": "/admin/comments?page=1"}
    )
    assert answer.location == "/admin/comments?page=1"
    db.session.refresh(waiting)
    assert waiting.is_approved
    assert "0 comments wait" in editor.get("/admin/comments").text


def test_a_comment_is_deleted_with_a_button(editor: FlaskClient, waiting: Comment) -> None:
    answer = editor.post(f"/admin/comments/{waiting.id}/delete", data={"next": "//evil.example"})
    assert answer.location == "/admin/comments"
    assert "There is nothing here yet" in editor.get("/admin/comments").text
    assert editor.post(f"/admin/comments/{waiting.id}/delete").status_code == 404


def test_long_lists_have_pages(
    editor: FlaskClient, waiting: Comment, make_comment: Callable[..., Comment]
) -> None:
    for number in range(30):
        make_comment(waiting.post, waiting.author, content=f"Number {number}")
    first = editor.get("/admin/comments").text
    assert "page=2" in first
    assert "Is it" in first
    assert "Number 0<" in editor.get("/admin/comments?page=2").text
    assert editor.get("/admin/comments?page=3").status_code == 404


def test_authors_moderate_nothing(
    log_in: Callable[..., FlaskClient], make_user: MakeUser, waiting: Comment
) -> None:
    author = log_in(make_user(Role.AUTHOR))
    assert author.get("/admin/comments").status_code == 403
    for action in ("approve", "delete"):
        assert author.post(f"/admin/comments/{waiting.id}/{action}").status_code == 403
