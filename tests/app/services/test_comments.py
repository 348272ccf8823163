"""Comments: who may write, who waits, how deep replies go, what a deletion leaves."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.extensions import db
from app.models import Comment, Post, Role, User
from app.models.base import utc_now
from app.services import comments, site
from app.services.errors import Forbidden, Invalid, NotFound
from app.services.reading import read_thread

MakeUser = Callable[..., User]
MakePost = Callable[..., Post]


@pytest.fixture
def post(make_post: MakePost) -> Post:
    return make_post()


@pytest.fixture
def reader(make_user: MakeUser) -> User:
    return make_user(Role.GUEST)


def comment(
    post: Post, author: User, content: str = "Nice.", parent_id: int | None = None
) -> Comment:
    return comments.add_comment(slug=post.slug, author=author, content=content, parent_id=parent_id)


def test_a_first_comment_waits_and_the_next_ones_appear_once_one_was_approved(
    app: Flask, post: Post, reader: User, make_user: MakeUser
) -> None:
    first = comment(post, reader)
    assert not first.is_approved
    assert not comment(post, reader, "And another thing.").is_approved
    comments.approve_comment(comment_id=first.id, moderator=make_user(Role.EDITOR))
    assert comment(post, reader, "Thanks!").is_approved


def test_editors_and_the_articles_author_need_no_approval(
    app: Flask, post: Post, make_user: MakeUser
) -> None:
    assert comment(post, make_user(Role.EDITOR)).is_approved
    assert comment(post, post.author).is_approved
    assert not comment(post, make_user(Role.AUTHOR)).is_approved


def test_a_comment_that_moderators_deleted_earns_no_trust(
    app: Flask, post: Post, reader: User, make_user: MakeUser, make_comment: Callable[..., Comment]
) -> None:
    spam = make_comment(post, reader)
    comments.delete_comment(comment_id=spam.id, user=make_user(Role.EDITOR))
    assert not comment(post, reader).is_approved


@pytest.mark.parametrize("content", ["", " \r\n ", "\x00"])
def test_an_empty_comment_is_refused(app: Flask, post: Post, reader: User, content: str) -> None:
    with pytest.raises(Invalid) as caught:
        comment(post, reader, content)
    assert set(caught.value.fields) == {"content"}


def test_a_comment_has_a_greatest_length(app: Flask, post: Post, reader: User) -> None:
    app.config["COMMENT_MAX_CHARS"] = 100
    comment(post, reader, "字" * 100)
    with pytest.raises(Invalid):
        comment(post, reader, "字" * 101)


def test_a_comment_too_deep_to_render_is_refused(app: Flask, post: Post, reader: User) -> None:
    with pytest.raises(Invalid) as caught:
        comment(post, reader, ">" * 3000 + " deep")
    assert set(caught.value.fields) == {"content"}


def test_nobody_comments_on_what_is_not_public(
    app: Flask, make_post: MakePost, reader: User
) -> None:
    draft = make_post(is_published=False)
    later = make_post(published_at=utc_now() + timedelta(hours=1))
    for post in (draft, later):
        with pytest.raises(NotFound):
            comment(post, reader)
    with pytest.raises(NotFound):
        comments.add_comment(slug="nowhere", author=reader, content="x")


def test_an_unconfirmed_reader_may_not_comment(app: Flask, post: Post, reader: User) -> None:
    app.config["REQUIRE_EMAIL_VERIFICATION"] = True
    with pytest.raises(Forbidden):
        comment(post, reader)


def test_replies_nest_to_the_allowed_depth_and_then_stay_level(app: Flask, post: Post) -> None:
    app.config["COMMENT_MAX_DEPTH"] = 2
    thread = [comment(post, post.author, "root")]
    for number in range(4):
        thread.append(comment(post, post.author, f"reply {number}", thread[-1].id))
    assert [reply.depth for reply in thread] == [0, 1, 2, 2, 2]
    assert {reply.parent_id for reply in thread[2:]} == {thread[1].id}


def test_without_depth_every_reply_stands_by_itself(app: Flask, post: Post) -> None:
    app.config["COMMENT_MAX_DEPTH"] = 0
    root = comment(post, post.author, "root")
    reply = comment(post, post.author, "reply", root.id)
    assert (reply.depth, reply.parent_id) == (0, None)


def test_a_reply_needs_a_comment_that_readers_of_the_article_see(
    app: Flask, post: Post, make_post: MakePost, reader: User, make_comment: Callable[..., Comment]
) -> None:
    elsewhere = make_comment(make_post(), reader)
    waiting = make_comment(post, reader, is_approved=False)
    gone = make_comment(post, reader, deleted_at=utc_now())
    for parent_id in (elsewhere.id, waiting.id, gone.id, 999_999):
        with pytest.raises(Invalid) as caught:
            comment(post, reader, "reply", parent_id)
        assert set(caught.value.fields) == {"parent_id"}


def test_a_form_sent_twice_is_one_comment(app: Flask, post: Post, reader: User) -> None:
    assert comment(post, reader) is comment(post, reader)
    assert db.session.scalar(select(func.count(Comment.id))) == 1


def test_markup_in_a_comment_is_made_harmless(app: Flask, post: Post, reader: User) -> None:
    added = comment(post, reader, "**bold** <script>alert(1)</script>")
    assert "<strong>bold</strong>" in added.content_html
    assert "<script" not in added.content_html


def test_a_deleted_comment_is_emptied_and_its_replies_stay(
    app: Flask, post: Post, reader: User, make_comment: Callable[..., Comment]
) -> None:
    parent = make_comment(post, reader, content="secret")
    make_comment(post, post.author, content="reply", parent_id=parent.id, depth=1)
    comments.delete_comment(comment_id=parent.id, user=reader)
    db.session.refresh(parent)
    assert (parent.content, parent.content_html) == ("", "")
    thread = read_thread(post_id=post.id)
    assert thread.nodes[0].state == "gone"
    assert "reply" in thread.nodes[0].replies[0].comment.content_html
    with pytest.raises(NotFound):
        comments.delete_comment(comment_id=parent.id, user=reader)


def test_only_its_writer_and_editors_delete_a_comment(
    app: Flask, post: Post, reader: User, make_user: MakeUser, make_comment: Callable[..., Comment]
) -> None:
    first, second = make_comment(post, reader), make_comment(post, reader)
    with pytest.raises(Forbidden):
        comments.delete_comment(comment_id=first.id, user=make_user(Role.AUTHOR))
    assert comments.delete_comment(comment_id=first.id, user=reader).deleted_at
    assert comments.delete_comment(comment_id=second.id, user=make_user(Role.EDITOR)).deleted_at


def test_only_editors_approve(app: Flask, post: Post, reader: User) -> None:
    waiting = comment(post, reader)
    with pytest.raises(Forbidden):
        comments.approve_comment(comment_id=waiting.id, moderator=post.author)
    assert comments.count_waiting() == 1


def test_moderators_see_what_waits_first_and_nothing_that_is_gone(
    app: Flask, post: Post, reader: User, make_comment: Callable[..., Comment]
) -> None:
    old = make_comment(post, reader, content="old", created_at=utc_now() - timedelta(days=2))
    waiting = make_comment(
        post, reader, content="w", is_approved=False, created_at=utc_now() - timedelta(days=1)
    )
    new = make_comment(post, reader, content="new")
    make_comment(post, reader, deleted_at=utc_now())
    page = comments.list_for_moderation(page=1, per_page=2)
    assert page.items == [waiting, new]
    assert page.has_next
    assert comments.list_for_moderation(page=2, per_page=2).items == [old]
    for number in (0, 3, 10**12):
        with pytest.raises(NotFound):
            comments.list_for_moderation(page=number, per_page=2)


def test_readers_pages_are_renewed_when_they_change_and_only_then(
    app: Flask,
    post: Post,
    reader: User,
    make_user: MakeUser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    editor = make_user(Role.EDITOR)
    touches: list[bool] = []
    monkeypatch.setattr(site, "touch", lambda _: touches.append(True))
    waiting = comment(post, reader)
    comments.delete_comment(comment_id=waiting.id, user=reader)
    assert touches == []
    second = comment(post, reader, "Another.")
    comments.approve_comment(comment_id=second.id, moderator=editor)
    comments.approve_comment(comment_id=second.id, moderator=editor)
    comment(post, reader, "A third.")
    comments.delete_comment(comment_id=second.id, user=editor)
    assert len(touches) == 3
