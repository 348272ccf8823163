"""Articles are written, changed and published by those who may, and by one at a time."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.extensions import db
from app.models import Category, Comment, OutboxMessage, Post, Redirect, Role, Tag, User
from app.models.base import UTC, utc_now
from app.services import publishing, site
from app.services.errors import Conflict, Forbidden, Invalid, NotFound

MakeUser = Callable[..., User]
MakePost = Callable[..., Post]


@pytest.fixture
def author(make_user: MakeUser) -> User:
    return make_user()


def write(author: User, **fields: Any) -> Post:
    return publishing.create_post(
        author=author, **{"title": "A title", "content": "Text.", **fields}
    )


def refused(call: Callable[[], object]) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as caught:
        call()
    return caught.value.fields


def test_an_article_is_a_draft_until_it_is_published(app: Flask, author: User) -> None:
    post = write(author, tags="Flask, 容器", language="en")
    assert (post.is_published, post.published_at, post.slug) == (False, None, "a-title")
    assert [tag.name for tag in post.tags] == ["Flask", "容器"]
    assert "<p>Text.</p>" in post.content_html
    assert publishing.publish(post_id=post.id, editor=author).is_public


def test_a_guest_may_not_write(app: Flask, make_user: MakeUser) -> None:
    with pytest.raises(Forbidden):
        write(make_user(Role.GUEST))


def test_an_unconfirmed_author_may_not_write(app: Flask, author: User) -> None:
    app.config["REQUIRE_EMAIL_VERIFICATION"] = True
    with pytest.raises(Forbidden):
        write(author)


def test_every_fault_of_an_article_is_named(app: Flask, author: User) -> None:
    fields = refused(
        lambda: write(
            author,
            title=" ",
            content="\r\n",
            summary="s" * 501,
            slug="Not A Slug",
            tags="t" * 51,
            language="klingon!",
            published_at=datetime(1, 1, 1, tzinfo=UTC),
            new_category="News",
        )
    )
    assert set(fields) == {
        "title", "content", "summary", "slug", "tags", "language", "published_at", "new_category"
    }  # fmt: skip


@pytest.mark.parametrize("slug", ["a--b", "-a", "a-", "ä", "a/b", "a_b", "A", "a" * 201, "a b"])
def test_an_address_is_made_of_small_letters_digits_and_hyphens(
    app: Flask, author: User, slug: str
) -> None:
    assert set(refused(lambda: write(author, slug=slug))) == {"slug"}


def test_title_and_text_may_not_be_missing_or_endless(app: Flask, author: User) -> None:
    assert set(refused(lambda: publishing.create_post(author=author))) == {"title", "content"}
    assert set(refused(lambda: write(author, title="t" * 201))) == {"title"}
    assert set(refused(lambda: write(author, content="x " * 1_000_000))) == {"content"}
    assert db.session.scalar(select(func.count(Post.id))) == 0


def test_control_characters_are_not_stored(app: Flask, author: User) -> None:
    post = write(author, title="A\x00 \u202etitle", content="one\r\n\x00two")
    assert (post.title, post.content) == ("A title", "one\ntwo")


def test_an_unknown_category_is_refused_and_editors_may_add_one(
    app: Flask, author: User, make_user: MakeUser
) -> None:
    assert set(refused(lambda: write(author, category_id=99))) == {"category"}
    post = write(make_user(Role.EDITOR), new_category="News")
    assert post.category
    assert post.category.slug == "news"
    category_id = post.category.id
    again = write(author, category_id=category_id)
    assert again.category_id == category_id
    publishing.update_post(post_id=again.id, editor=author, category_id=None)
    assert again.category is None


def test_what_is_not_given_stays_as_it_is(app: Flask, author: User) -> None:
    post = write(author, tags="one, two", summary="Short", language="zh", slug="my-address")
    publishing.update_post(post_id=post.id, editor=author, title="Another")
    assert (post.title, post.summary, post.language) == ("Another", "Short", "zh")
    assert post.slug == "my-address"
    assert len(post.tags) == 2


def test_an_emptied_summary_is_made_from_the_text(app: Flask, author: User) -> None:
    post = write(author, content="The text.", summary="Mine")
    publishing.update_post(post_id=post.id, editor=author, summary="")
    assert post.summary == "The text."
    publishing.update_post(post_id=post.id, editor=author, summary="", content="Another text.")
    assert post.summary == "Another text."


def test_a_changed_address_leads_on_and_an_emptied_one_stays(app: Flask, author: User) -> None:
    post = write(author)
    publishing.update_post(post_id=post.id, editor=author, slug="new-address")
    assert db.session.get(Redirect, "/articles/a-title").post_id == post.id
    publishing.update_post(post_id=post.id, editor=author, slug="")
    assert post.slug == "new-address"
    publishing.update_post(post_id=post.id, editor=author, slug="a-title")
    assert post.slug == "a-title"


def test_a_taken_or_formerly_used_address_is_refused(app: Flask, author: User) -> None:
    post = write(author, slug="taken")
    publishing.update_post(post_id=post.id, editor=author, slug="moved")
    for slug in ("taken", "moved"):
        assert "already taken" in refused(lambda slug=slug: write(author, slug=slug))["slug"][0]


def test_an_imported_address_may_stay_as_it_is(
    app: Flask, author: User, make_post: MakePost
) -> None:
    post = make_post(author, slug="Old_Address.html")
    publishing.update_post(post_id=post.id, editor=author, slug="Old_Address.html", title="New")
    assert (post.title, post.slug) == ("New", "Old_Address.html")


def test_the_second_of_two_editors_is_told_and_overwrites_nothing(app: Flask, author: User) -> None:
    post = write(author)
    seen = post.version
    publishing.update_post(post_id=post.id, editor=author, version=seen, content="First.")
    with pytest.raises(Conflict):
        publishing.update_post(post_id=post.id, editor=author, version=seen, content="Second.")
    db.session.refresh(post)
    assert post.content == "First."


def test_a_change_of_tags_alone_is_a_new_version(app: Flask, author: User) -> None:
    post = write(author)
    seen = post.version
    publishing.update_post(post_id=post.id, editor=author, version=seen, tags="new")
    with pytest.raises(Conflict):
        publishing.update_post(post_id=post.id, editor=author, version=seen, tags="other")


def test_two_saves_at_the_same_moment_are_one_save_and_one_conflict(threaded_app: Flask) -> None:
    user_id, post_id = stored_author_and_post(threaded_app)
    together = threading.Barrier(2)

    def save(number: int) -> str:
        editor = db.session.get(User, user_id)
        assert editor
        # Both have read the article before either writes it.
        publishing.editable_post(post_id=post_id, user=editor)
        together.wait(timeout=20)
        text = f"By {number}."
        try:
            publishing.update_post(post_id=post_id, editor=editor, version=1, content=text)
        except Conflict:
            return "conflict"
        return text

    outcomes = at_once(threaded_app, save, 2)
    assert outcomes.count("conflict") == 1
    with threaded_app.app_context():
        stored = db.session.get(Post, post_id)
        assert stored
        assert stored.content in outcomes


def test_writers_who_invent_the_same_tag_and_title_at_once_both_succeed(
    threaded_app: Flask,
) -> None:
    user_id, _ = stored_author_and_post(threaded_app)
    together = threading.Barrier(2)

    def save(_: int) -> str:
        writer = db.session.get(User, user_id)
        assert writer
        together.wait(timeout=20)
        return write(writer, title="Same", tags="fresh").slug

    assert sorted(at_once(threaded_app, save, 2)) == ["same", "same-2"]
    with threaded_app.app_context():
        assert db.session.scalar(select(func.count(Tag.id))) == 1


def stored_author_and_post(app: Flask) -> tuple[int, int]:
    """Store an author with an article; return their numbers."""
    with app.app_context():
        user = User(username="ann", email="ann@example.org", role=int(Role.AUTHOR))
        db.session.add(user)
        db.session.commit()
        return user.id, write(user).id


def at_once(app: Flask, work: Callable[[int], str], count: int) -> list[str]:
    """Do the work in threads, each in its own context, and return what they return."""

    def run(number: int) -> str:
        with app.app_context():
            return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_authors_change_their_own_articles_and_editors_everyones(
    app: Flask, author: User, make_user: MakeUser
) -> None:
    draft, public = write(author), write(author, is_published=True)
    other, editor = make_user(), make_user(Role.EDITOR)
    with pytest.raises(NotFound):
        publishing.update_post(post_id=draft.id, editor=other, title="Mine")
    with pytest.raises(Forbidden):
        publishing.update_post(post_id=public.id, editor=other, title="Mine")
    with pytest.raises(Forbidden):
        publishing.delete_post(post_id=public.id, editor=other)
    assert publishing.update_post(post_id=draft.id, editor=editor, title="Better").author is author


def test_an_author_who_became_a_guest_may_not_change_the_own_articles(
    app: Flask, author: User
) -> None:
    post = write(author, is_published=True)
    author.role = int(Role.GUEST)
    db.session.commit()
    with pytest.raises(Forbidden):
        publishing.delete_post(post_id=post.id, editor=author)


def test_a_deleted_article_takes_its_comments_along(
    app: Flask, author: User, make_comment: Callable[..., Comment]
) -> None:
    post = write(author, is_published=True)
    publishing.update_post(post_id=post.id, editor=author, slug="elsewhere")
    make_comment(post, author)
    publishing.delete_post(post_id=post.id, editor=author)
    for model in (Post, Comment, Redirect):
        assert db.session.scalar(select(func.count()).select_from(model)) == 0
    with pytest.raises(NotFound):
        publishing.delete_post(post_id=post.id, editor=author)


def test_a_scheduled_article_appears_at_its_time(app: Flask, author: User) -> None:
    when = utc_now() + timedelta(hours=1)
    post = write(author, is_published=True, published_at=when)
    assert not post.is_public
    (refresh,) = db.session.scalars(select(OutboxMessage))
    assert (refresh.kind, refresh.available_at) == ("goes_live", when)
    publishing.update_post(post_id=post.id, editor=author, title="Same time")
    assert db.session.scalar(select(func.count(OutboxMessage.id))) == 1


def test_taking_the_time_away_publishes_a_scheduled_article_now(app: Flask, author: User) -> None:
    post = write(author, is_published=True, published_at=utc_now() + timedelta(days=1))
    publishing.update_post(post_id=post.id, editor=author, is_published=True, published_at=None)
    assert post.is_public


def test_a_public_article_keeps_its_time_when_none_is_given(app: Flask, author: User) -> None:
    when = utc_now() - timedelta(days=9)
    post = write(author, is_published=True, published_at=when)
    publishing.update_post(post_id=post.id, editor=author, is_published=True, published_at=None)
    assert post.published_at == when


def test_an_unpublished_article_keeps_its_time_and_comes_back_with_it(
    app: Flask, author: User
) -> None:
    when = utc_now() - timedelta(days=9)
    post = write(author, is_published=True, published_at=when)
    publishing.unpublish(post_id=post.id, editor=author)
    assert (post.is_public, post.published_at) == (False, when)
    publishing.publish(post_id=post.id, editor=author, at=when)
    assert (post.is_public, post.published_at) == (True, when)


def test_readers_pages_are_renewed_when_they_change_and_only_then(
    app: Flask, author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    touches: list[bool] = []
    monkeypatch.setattr(site, "touch", lambda _: touches.append(True))
    draft = write(author)
    publishing.update_post(post_id=draft.id, editor=author, title="Still a draft")
    publishing.delete_post(post_id=draft.id, editor=author)
    assert touches == []
    post = write(author, is_published=True)
    publishing.update_post(post_id=post.id, editor=author, title="Changed")
    publishing.unpublish(post_id=post.id, editor=author)
    publishing.publish(post_id=post.id, editor=author)
    publishing.delete_post(post_id=post.id, editor=author)
    assert len(touches) == 5


def test_a_failure_of_the_database_is_not_retried_for_ever(
    app: Flask, author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    def clash() -> None:
        calls.append(1)
        db.session.add_all([Category(name="Same"), Category(name="Same")])

    with pytest.raises(Exception, match=r"(?i)unique"):
        publishing.commit_retrying(clash)
    assert len(calls) == publishing.ATTEMPTS


def test_a_preview_shows_the_text_as_readers_would_see_it_and_stores_nothing(
    app: Flask, author: User
) -> None:
    assert "<strong>bold</strong>" in publishing.preview(content="**bold**").html
    html = publishing.preview(content="<p onclick='x()'>a</p>", content_format="html").html
    assert "onclick" not in html
    assert set(refused(lambda: publishing.preview(content="x " * 1_000_000))) == {"content"}
    assert db.session.scalar(select(func.count(Post.id))) == 0
