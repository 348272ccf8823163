"""Commenting as readers do it."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.extensions import db
from app.models import Comment, Post, Role, User

MakeUser = Callable[..., User]


@pytest.fixture
def post(make_post: Callable[..., Post]) -> Post:
    return make_post(slug="hello")


@pytest.fixture
def reader(log_in: Callable[..., FlaskClient], make_user: MakeUser, post: Post) -> FlaskClient:
    """Give a browser in which a reader is logged in."""
    return log_in(make_user(Role.GUEST))


def comments() -> int:
    return db.session.scalar(select(func.count(Comment.id))) or 0


def test_a_first_comment_waits_and_only_its_writer_sees_it(reader: FlaskClient, post: Post) -> None:
    answer = reader.post("/articles/hello/comments", data={"content": "Well **said**."})
    comment = db.session.scalars(select(Comment)).one()
    assert answer.location == f"/articles/hello#comment-{comment.id}"
    page = reader.get("/articles/hello").text
    assert "once it has been approved" in page
    assert "<strong>said</strong>" in page
    assert "said" not in reader.application.test_client().get("/articles/hello").text


def test_a_reply_stands_below_what_it_answers(
    log_in: Callable[..., FlaskClient], post: Post, make_comment: Callable[..., Comment]
) -> None:
    parent = make_comment(post, post.author, content="First")
    author = log_in(post.author)
    author.post("/articles/hello/comments", data={"content": "Second", "parent_id": parent.id})
    reply = db.session.scalars(select(Comment).where(Comment.content == "Second")).one()
    assert (reply.parent_id, reply.is_approved) == (parent.id, True)
    assert "Second" in author.application.test_client().get("/articles/hello").text


def test_a_comment_with_a_fault_is_shown_again_with_its_text(
    reader: FlaskClient, post: Post
) -> None:
    answer = reader.post("/articles/hello/comments", data={"content": "x" * 5001})
    assert answer.status_code == 422
    assert "x" * 5001 in answer.text
    assert "at most 5000 characters" in answer.text
    empty = reader.post("/articles/hello/comments", data={"content": "", "parent_id": "7"})
    assert "Write something first" in empty.text
    assert 'name="parent_id" value="7"' in empty.text
    assert comments() == 0


def test_a_reply_to_what_is_gone_may_be_sent_as_a_comment(reader: FlaskClient, post: Post) -> None:
    answer = reader.post("/articles/hello/comments", data={"content": "Mine", "parent_id": "999"})
    assert answer.status_code == 422
    assert "Mine" in answer.text
    assert "parent_id" not in answer.text


def test_a_writer_takes_a_comment_back(
    log_in: Callable[..., FlaskClient],
    post: Post,
    make_user: MakeUser,
    make_comment: Callable[..., Comment],
) -> None:
    writer = make_user(Role.GUEST)
    mine, other = make_comment(post, writer, content="Mine"), make_comment(post, post.author)
    client = log_in(writer)
    assert client.post(f"/comments/{mine.id}/delete").location == "/articles/hello#comments"
    assert "Mine" not in client.get("/articles/hello").text
    assert client.post(f"/comments/{other.id}/delete").status_code == 403


def test_whoever_is_not_logged_in_is_led_to_login_and_back_to_the_article(
    client: FlaskClient, post: Post, make_user: MakeUser
) -> None:
    user = make_user()
    kept = client.post("/articles/hello/comments", data={"content": "Hi there"})
    assert kept.status_code == 401
    assert "Hi there" in kept.text
    login = client.get("/articles/hello/comments")
    assert login.status_code == 302
    back = client.post(
        login.location, data={"username": user.username, "password": "Correct-Horse-7"}
    )
    assert client.get(back.location).location == "/articles/hello#comments"
    assert comments() == 0


def test_nobody_comments_on_a_draft(reader: FlaskClient, make_post: Callable[..., Post]) -> None:
    make_post(slug="draft", is_published=False)
    for slug in ("draft", "nowhere"):
        answer = reader.post(f"/articles/{slug}/comments", data={"content": "Hi"})
        assert answer.status_code == 404


@pytest.mark.parametrize("number", ["2147483648", "9" * 30])
def test_a_number_that_no_comment_can_have_is_a_comment_that_is_not_there(
    reader: FlaskClient, post: Post, number: str
) -> None:
    answer = reader.post("/articles/hello/comments", data={"content": "Hi", "parent_id": number})
    assert answer.status_code == 422
    assert reader.post(f"/comments/{number}/delete").status_code == 404
