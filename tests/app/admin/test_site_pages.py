"""Overview, topics, settings and outbox as those who run the blog see them."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.extensions import db
from app.models import Comment, OutboxMessage, Post, Role, Tag, User
from app.models.base import utc_now

MakeUser = Callable[..., User]


@pytest.fixture
def admin(log_in: Callable[..., FlaskClient], make_user: MakeUser) -> FlaskClient:
    """Give a browser in which an admin is logged in."""
    return log_in(make_user(Role.ADMIN, username="root"))


def test_the_overview_draws_a_plot_of_each_count(admin: FlaskClient) -> None:
    page = admin.get("/admin/?days=7").text
    assert page.count("<svg") == 4
    assert page.count("<rect") == 28
    assert "style=" not in page
    assert admin.get("/admin/?days=999999").text.count("<rect") == 120


def test_many_comments_are_decided_at_once(
    admin: FlaskClient,
    make_post: Callable[..., Post],
    make_user: MakeUser,
    make_comment: Callable[..., Comment],
) -> None:
    post, writer = make_post(), make_user()
    made = [make_comment(post, writer, is_approved=False).id for _ in range(3)]
    chosen = [*map(str, made[:2]), "999999", "x", "-1"]
    answer = admin.post("/admin/comments", data={"ids": chosen, "verdict": "approve"})
    assert answer.location == "/admin/comments"
    page = admin.get("/admin/comments?state=waiting").text
    assert "2 comments are done" in page
    assert "1 comment waits" in page
    admin.post("/admin/comments", data={"ids": made[0], "verdict": "hide"})
    admin.post("/admin/comments", data={"ids": made[1], "verdict": "delete"})
    db.session.expire_all()
    rows = [db.session.get(Comment, number) for number in made]
    assert [(row.is_approved, bool(row.deleted_at)) for row in rows if row] == [
        (False, False),
        (True, True),
        (False, False),
    ]
    assert admin.post("/admin/comments", data={"verdict": "burn"}).status_code == 400


def test_topics_are_added_changed_merged_and_deleted(admin: FlaskClient) -> None:
    for name in ("One", "Two"):
        assert admin.post("/admin/topics/tag/new", data={"name": name}).status_code == 302
    assert admin.post("/admin/topics/tag/new", data={"name": "one"}).status_code == 422
    one, two = db.session.query(Tag).order_by(Tag.name)
    assert (
        "already taken"
        in admin.post(f"/admin/topics/tag/{one.id}", data={"name": "One", "slug": "two"}).text
    )
    bad = admin.post(f"/admin/topics/tag/{one.id}", data={"name": "One", "slug": "a b"})
    assert "single hyphens" in bad.text
    admin.post(f"/admin/topics/tag/{one.id}", data={"name": "First", "slug": "first"})
    assert admin.get("/tags/one").location == "/tags/first"
    assert admin.get(f"/admin/topics/tag/{one.id}").text.count("<option") == 1
    admin.post(f"/admin/topics/tag/{one.id}/merge", data={"into": two.id})
    assert admin.get("/tags/one").location == "/tags/two"
    admin.post(f"/admin/topics/tag/{two.id}/delete")
    assert db.session.query(Tag).count() == 0
    admin.post("/admin/topics/category/new", data={"name": "News", "description": "What is new."})
    assert "News" in admin.get("/admin/topics").text
    assert admin.get("/admin/topics/author/1").status_code == 404


def test_settings_are_saved_and_nonsense_is_told(app: Flask, admin: FlaskClient) -> None:
    page = admin.get("/admin/settings")
    assert 'value="Ironpress"' in page.text
    form = {
        "site_name": "The Daily",
        "site_tagline": "News",
        "site_language": "en",
        "time_zone": "Mars",
        "registration": "invitation",
        "comments": "closed",
    }
    answer = admin.post("/admin/settings", data=form)
    assert answer.status_code == 422
    assert "no time zone" in answer.text
    assert admin.post("/admin/settings", data=form | {"time_zone": "UTC"}).status_code == 302
    assert "<title>Settings · The Daily</title>" in admin.get("/admin/settings").text


def test_an_invitation_is_sent(admin: FlaskClient) -> None:
    assert admin.post("/admin/invitations", data={"email": "nobody"}).status_code == 422
    assert admin.post("/admin/invitations", data={"email": "ann@example.org"}).status_code == 302
    assert db.session.query(OutboxMessage).one().payload["to"] == "ann@example.org"


def test_dead_messages_are_tried_again(admin: FlaskClient) -> None:
    for number in range(3):
        db.session.add(
            OutboxMessage(
                kind="mail",
                payload={"subject": f"Mail {number}", "to": "a@b.example", "text": "secret-link"},
                dead_at=utc_now(),
                attempts=10,
                last_error="SMTPDataError: no",
            )
        )
    db.session.commit()
    page = admin.get("/admin/outbox").text
    assert "3 messages were given up" in page
    assert "SMTPDataError" in page
    assert "secret-link" not in page
    first = db.session.query(OutboxMessage).order_by(OutboxMessage.id).first()
    assert first
    admin.post(f"/admin/outbox/{first.id}/retry")
    assert admin.post(f"/admin/outbox/{first.id}/retry").status_code == 404
    db.session.refresh(first)
    assert (first.dead_at, first.attempts) == (None, 0)
    assert "2 messages were given up" in admin.get("/admin/outbox").text
    admin.post("/admin/outbox/retry")
    assert "0 messages were given up" in admin.get("/admin/outbox").text


def test_closed_comments_take_none(
    app: Flask,
    admin: FlaskClient,
    make_post: Callable[..., Post],
    make_comment: Callable[..., Comment],
) -> None:
    post = make_post(slug="a")
    app.config["COMMENTS"] = "closed"
    page = admin.get("/articles/a").text
    assert "Comments are closed" in page
    assert "comment-form" not in page
    answer = admin.post("/articles/a/comments", data={"content": "Hello"})
    assert answer.status_code == 403
    assert post.path == "/articles/a"


def test_moderated_comments_all_wait(
    app: Flask,
    client: FlaskClient,
    log_in: Callable[..., FlaskClient],
    make_user: MakeUser,
    make_post: Callable[..., Post],
    make_comment: Callable[..., Comment],
) -> None:
    app.config["COMMENTS"] = "moderated"
    reader, post = make_user(Role.GUEST), make_post(slug="a")
    make_comment(post, reader)
    log_in(reader).post("/articles/a/comments", data={"content": "Second"})
    assert not db.session.query(Comment).filter_by(content="Second").one().is_approved


def test_editors_see_topics_and_overview_but_no_settings(
    log_in: Callable[..., FlaskClient], make_user: MakeUser
) -> None:
    client = log_in(make_user(Role.EDITOR))
    assert client.get("/admin/topics").status_code == 200
    page = client.get("/admin/").text
    assert "/admin/outbox" not in page
    for path in ("/admin/settings", "/admin/outbox"):
        assert client.get(path).status_code == 403
