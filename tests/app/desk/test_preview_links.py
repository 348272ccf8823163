"""Unpublished articles are shown to whoever was given a link, until it ends."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.extensions import db
from app.models import Post, PreviewLink, User
from app.models.base import utc_now

LogIn = Callable[..., FlaskClient]


@pytest.fixture
def author(make_user: Callable[..., User]) -> User:
    return make_user()


@pytest.fixture
def post(author: User, make_post: Callable[..., Post]) -> Post:
    return make_post(author, title="Secret plan", content="**Bold** plan", is_published=False)


@pytest.fixture
def desk(author: User, log_in: LogIn) -> FlaskClient:
    return log_in(author)


@pytest.fixture
def reader(client: FlaskClient) -> FlaskClient:
    """Give another browser, in which nobody is logged in."""
    return client.application.test_client()


@pytest.fixture
def link(desk: FlaskClient, post: Post) -> PreviewLink:
    desk.post(f"/desk/posts/{post.id}/links", data={"days": "7"})
    return db.session.scalars(select(PreviewLink)).one()


def test_a_link_shows_the_article_to_strangers_and_to_no_cache(
    desk: FlaskClient, reader: FlaskClient, post: Post, link: PreviewLink
) -> None:
    assert reader.get(post.path).status_code == 404
    assert f"/preview/{link.token}" in desk.get(f"/desk/posts/{post.id}/links").text
    answer = reader.get(f"/preview/{link.token}")
    assert "<strong>Bold</strong>" in answer.text
    assert "no-store" in answer.headers["Cache-Control"]
    assert "noindex" in answer.headers["X-Robots-Tag"]
    # The address is the key: no site that the article links to may learn more than our host.
    assert answer.headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert "Set-Cookie" not in answer.headers
    assert "X-Accel-Expires" not in answer.headers
    assert len(link.token) >= 32


def test_a_link_ends_by_time_and_by_hand(
    desk: FlaskClient, reader: FlaskClient, post: Post, link: PreviewLink
) -> None:
    link.expires_at = utc_now() - timedelta(seconds=1)
    db.session.commit()
    assert reader.get(f"/preview/{link.token}").status_code == 404
    link.expires_at = utc_now() + timedelta(days=1)
    db.session.commit()
    assert reader.get(f"/preview/{link.token}").status_code == 200
    desk.post(f"/desk/posts/{post.id}/links/{link.id}/revoke")
    assert reader.get(f"/preview/{link.token}").status_code == 404


def test_the_link_of_a_public_article_leads_to_it(
    desk: FlaskClient, reader: FlaskClient, post: Post, link: PreviewLink
) -> None:
    post.is_published = True
    db.session.commit()
    assert reader.get(f"/preview/{link.token}").location == post.path


def test_times_and_numbers_are_bounded(desk: FlaskClient, post: Post) -> None:
    path = f"/desk/posts/{post.id}/links"
    for days in ("0", "365", "x"):
        assert desk.post(path, data={"days": days}).status_code == 422
    for _ in range(10):
        assert desk.post(path, data={"days": "1"}).status_code == 302
    assert "Revoke a link first" in desk.post(path, data={"days": "1"}).text


def test_links_are_made_and_revoked_by_who_may_edit(
    post: Post, link: PreviewLink, make_user: Callable[..., User], log_in: LogIn
) -> None:
    stranger = log_in(make_user())
    assert stranger.post(f"/desk/posts/{post.id}/links", data={"days": "1"}).status_code == 404
    assert stranger.post(f"/desk/posts/{post.id}/links/{link.id}/revoke").status_code == 404
    assert db.session.scalars(select(PreviewLink)).one()


def test_a_token_that_is_none_shows_nothing(reader: FlaskClient) -> None:
    assert reader.get("/preview/guess").status_code == 404
