"""Authors see what their articles were, and bring it back."""

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.extensions import db
from app.models import Post, Revision, User
from app.services import publishing, revisions

MakeUser = Callable[..., User]
LogIn = Callable[..., FlaskClient]


@pytest.fixture
def author(make_user: MakeUser) -> User:
    return make_user()


@pytest.fixture
def post(author: User) -> Post:
    """Give an article that was saved three times."""
    post = publishing.create_post(author=author, title="One", content="First text")
    for text in ("Second text", "Third <b>text"):
        publishing.update_post(post_id=post.id, editor=author, content=text)
    return post


def texts(post: Post) -> list[str]:
    kept = db.session.scalars(select(Revision).where(Revision.post_id == post.id))
    return [revision.content for revision in kept]


def test_each_save_is_kept_and_only_what_changed(post: Post, author: User) -> None:
    publishing.publish(post_id=post.id, editor=author)
    assert texts(post) == ["First text", "Second text", "Third <b>text"]


def test_an_article_without_a_history_keeps_its_first_text(
    author: User, make_post: Callable[..., Post]
) -> None:
    post = make_post(author, content="As imported")
    publishing.update_post(post_id=post.id, editor=author, content="Changed")
    assert texts(post) == ["As imported", "Changed"]


def test_only_so_many_are_kept(post: Post, author: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revisions, "KEPT", 2)
    publishing.update_post(post_id=post.id, editor=author, content="Fourth")
    assert texts(post) == ["Third <b>text", "Fourth"]


def test_a_refused_change_leaves_no_trace(post: Post, author: User) -> None:
    with pytest.raises(Exception, match="changed"):
        publishing.update_post(post_id=post.id, editor=author, version=1, content="Late")
    assert len(texts(post)) == 3


def test_the_author_compares_and_restores(post: Post, author: User, log_in: LogIn) -> None:
    desk = log_in(author)
    history = BeautifulSoup(desk.get(f"/desk/posts/{post.id}/history").text, "html.parser")
    newest, _, oldest = (link["href"] for link in history.select(".row-title"))
    changed = BeautifulSoup(desk.get(newest).text, "html.parser")
    text = changed.select(".diff")[-1]
    assert [item.get_text() for item in text.select("del, ins")] == ["Second", "Third", "<b>"]
    since = BeautifulSoup(desk.get(f"{oldest}?against=now").text, "html.parser")
    assert "First text" in since.select_one(".diff-removed").get_text()
    restore = since.select_one("form.diff-restore")
    form = {"version": restore.select_one("[name=version]")["value"]}
    assert desk.post(restore["action"], data=form).location == f"/desk/posts/{post.id}/edit"
    db.session.expire_all()
    assert post.content == "First text"
    assert texts(post)[-1] == "First text"
    assert len(texts(post)) == 4


def test_restoring_never_overwrites_what_someone_saved_meanwhile(
    post: Post, author: User, log_in: LogIn
) -> None:
    first = db.session.scalars(select(Revision)).first()
    answer = log_in(author).post(
        f"/desk/posts/{post.id}/history/{first.id}/restore", data={"version": "1"}
    )
    assert answer.location == f"/desk/posts/{post.id}/history"
    db.session.expire_all()
    assert post.content == "Third <b>text"


def test_a_history_is_its_authors_and_a_revision_its_articles(
    post: Post, make_user: MakeUser, log_in: LogIn, author: User
) -> None:
    revision_id = db.session.scalars(select(Revision.id)).first()
    stranger = log_in(make_user())
    assert stranger.get(f"/desk/posts/{post.id}/history").status_code == 404
    assert stranger.get(f"/desk/posts/{post.id}/history/{revision_id}").status_code == 404
    other = publishing.create_post(author=author, title="Other", content="x")
    own = log_in(author)
    assert own.get(f"/desk/posts/{other.id}/history/{revision_id}").status_code == 404


def test_a_deleted_article_takes_its_history_along(app: Flask, post: Post, author: User) -> None:
    publishing.delete_post(post_id=post.id, editor=author)
    assert db.session.scalars(select(Revision)).all() == []
