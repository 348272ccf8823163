"""The desk as authors and editors see it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.extensions import db
from app.models import Category, Post, Role, User
from app.models.base import utc_now

MakeUser = Callable[..., User]
MakePost = Callable[..., Post]
LogIn = Callable[..., FlaskClient]


@pytest.fixture
def author(make_user: MakeUser) -> User:
    return make_user()


@pytest.fixture
def desk(author: User, log_in: LogIn) -> FlaskClient:
    """Give a browser in which the author is logged in."""
    return log_in(author)


def only_post() -> Post:
    db.session.expire_all()
    return db.session.scalars(select(Post)).one()


def values(page: str) -> dict[str, str]:
    """Return the fields of the article's form as a browser would send them."""
    fields = dict(re.findall(r'<input[^>]* name="(\w+)"[^>]* value="([^"]*)"', page))
    fields |= {
        name: text.removeprefix("\r\n")
        for name, text in re.findall(
            r'<textarea[^>]* name="(\w+)"[^>]*>(.*?)</textarea>', page, re.S
        )
    }
    if not re.search(r'<input[^>]* checked[^>]* name="is_published"', page):
        fields.pop("is_published", None)
    return fields


def test_an_article_is_written_previewed_and_published(desk: FlaskClient) -> None:
    page = desk.get("/desk/posts/new").text
    assert 'formaction="/desk/posts/preview"' in page
    form = {"title": "你好 World", "content": "## Part\r\n\r\n**bold**", "tags": "flask，容器"}
    preview = desk.post("/desk/posts/preview", data=form)
    assert "<strong>bold</strong>" in preview.text
    assert db.session.scalar(select(func.count(Post.id))) == 0
    answer = desk.post("/desk/posts/new", data=form)
    post = only_post()
    assert answer.location == f"/desk/posts/{post.id}/edit"
    assert not post.is_published
    assert desk.get(answer.location).text.count("flask, 容器") == 1
    answer = desk.post(answer.location, data=form | {"is_published": "y", "version": post.version})
    assert answer.location == "/articles/ni-hao-world"
    assert "Readers see it now" in desk.get(answer.location).text
    assert only_post().content == "## Part\n\n**bold**"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"title": ""}, "needed"),
        ({"title": "t" * 201}, "at most 200"),
        ({"content": ""}, "needed"),
        ({"content": "x " * 600_000}, "more than"),
        ({"slug": "No Slug"}, "small letters"),
        ({"tags": ",".join(map(str, range(21)))}, "at most 20 tags"),
        ({"category": "999"}, "valid choice"),
        ({"published_at": "yesterday"}, "valid datetime"),
        ({"published_at": "0001-01-01T00:00"}, "out of range"),
    ],
)
def test_a_fault_is_told_and_the_text_kept(
    desk: FlaskClient, change: dict[str, str], words: str
) -> None:
    form = {"title": "My title", "content": "My text", "summary": "My summary"} | change
    answer = desk.post("/desk/posts/new", data=form)
    assert answer.status_code == 422
    assert words in answer.text
    assert "My summary" in answer.text
    assert db.session.scalar(select(func.count(Post.id))) == 0


def test_a_change_with_a_fault_is_told_and_the_text_kept(
    desk: FlaskClient, author: User, make_post: MakePost
) -> None:
    post = make_post(author, content="Old")
    form = {"title": "", "content": "New text", "version": str(post.version)}
    answer = desk.post(f"/desk/posts/{post.id}/edit", data=form)
    assert answer.status_code == 422
    assert values(answer.text)["content"] == "New text"
    assert only_post().content == "Old"


def test_saving_the_form_as_it_was_shown_changes_nothing(
    desk: FlaskClient, author: User, make_post: MakePost
) -> None:
    moment = datetime(2026, 3, 1, 12, 30, 45, 123456, tzinfo=UTC)
    make_post(author, title="A", content="\n\n    code\n\ntext", published_at=moment, language="fr")
    before = only_post()
    kept = (before.title, before.content, before.slug, before.published_at, before.summary)
    path = f"/desk/posts/{before.id}/edit"
    form = values(desk.get(path).text) | {"language": "fr"}
    assert desk.post(path, data=form).status_code == 302
    after = only_post()
    assert (after.title, after.slug, after.published_at, after.summary) == (
        kept[0],
        *kept[2:],
    )
    assert after.content == "    code\n\ntext"
    assert (after.is_published, after.language) == (True, "fr")


def test_times_are_entered_on_the_sites_clock(
    app: Flask, author: User, make_app: Callable[..., Flask]
) -> None:
    app = make_app(time_zone="Asia/Shanghai")
    client = app.test_client()
    with app.app_context():
        user = User(username="ann", email="ann@example.org", role=int(Role.AUTHOR))
        user.set_password("Correct-Horse-7")
        db.session.add(user)
        db.session.commit()
    client.post("/auth/login", data={"username": "ann", "password": "Correct-Horse-7"})
    form = {"title": "T", "content": "C", "is_published": "y", "published_at": "2030-05-01T08:00"}
    answer = client.post("/desk/posts/new", data=form)
    page = client.get(answer.location).text
    assert "It appears at the time you set" in page
    assert 'value="2030-05-01T08:00"' in page
    assert "Time zone: Asia/Shanghai" in page
    with app.app_context():
        assert only_post().published_at == datetime(2030, 5, 1, tzinfo=UTC)


def test_the_second_of_two_editors_sees_both_texts_and_loses_nothing(
    desk: FlaskClient, author: User, make_post: MakePost
) -> None:
    post = make_post(author, content="Old text", is_published=False)
    path = f"/desk/posts/{post.id}/edit"
    mine = values(desk.get(path).text) | {"content": "My text"}
    theirs = values(desk.get(path).text) | {"content": "Their text <b>"}
    desk.post(path, data=theirs)
    answer = desk.post(path, data=mine)
    assert answer.status_code == 409
    assert "Their text &lt;b&gt;" in answer.text
    again = values(answer.text)
    assert again["content"] == "My text"
    assert only_post().content == "Their text <b>"
    assert desk.post(path, data=again).status_code == 302
    assert only_post().content == "My text"


def test_a_conflict_about_more_than_texts_is_told_too(
    desk: FlaskClient, author: User, make_post: MakePost
) -> None:
    post = make_post(author, is_published=False)
    path = f"/desk/posts/{post.id}/edit"
    form = values(desk.get(path).text)
    desk.post(path, data=form)
    answer = desk.post(path, data=form)
    assert answer.status_code == 409
    assert "The texts are the same" in answer.text


def test_an_article_deleted_meanwhile_keeps_its_text_in_the_form(
    desk: FlaskClient, author: User, make_post: MakePost
) -> None:
    post = make_post(author, is_published=False)
    path = f"/desk/posts/{post.id}/edit"
    form = values(desk.get(path).text) | {"content": "My long text"}
    desk.post(f"/desk/posts/{post.id}/delete")
    answer = desk.post(path, data=form)
    assert answer.status_code == 409
    assert 'action="/desk/posts/new"' in answer.text
    assert desk.post("/desk/posts/new", data=values(answer.text)).status_code == 302
    assert only_post().content == "My long text"


def test_deleting_takes_a_button(desk: FlaskClient, author: User, make_post: MakePost) -> None:
    post = make_post(author, title="Doomed")
    path = f"/desk/posts/{post.id}/delete"
    assert "Doomed" in desk.get(path).text
    assert only_post()
    assert desk.post(path).location == "/desk/"
    assert desk.get(path).status_code == 404


def test_other_peoples_drafts_do_not_exist_and_their_articles_are_not_mine(
    desk: FlaskClient, make_post: MakePost
) -> None:
    draft, public = make_post(is_published=False).id, make_post().id
    for action in ("edit", "delete"):
        assert desk.get(f"/desk/posts/{draft}/{action}").status_code == 404
        assert desk.get(f"/desk/posts/{public}/{action}").status_code == 403
        assert desk.post(f"/desk/posts/{public}/{action}", data={"title": "x"}).status_code == 403


def test_the_list_shows_states_and_only_editors_everyone(
    desk: FlaskClient, author: User, make_post: MakePost, make_user: MakeUser, log_in: LogIn
) -> None:
    make_post(title="Not mine")
    make_post(author, title="My draft", is_published=False)
    make_post(author, title="My article")
    make_post(author, title="My plan", published_at=utc_now() + timedelta(days=1))
    page = desk.get("/desk/?everyone=1").text
    assert "Not mine" not in page
    assert all(title in page for title in ("My draft", "My article", "My plan"))
    drafts = desk.get("/desk/?state=drafts").text
    assert "My draft" in drafts
    assert "My article" not in drafts
    editor = log_in(make_user(Role.EDITOR))
    assert "Not mine" in editor.get("/desk/?everyone=1").text
    assert "Not mine" not in editor.get("/desk/").text


@pytest.mark.parametrize("page", ["0", "2", "-1", "99999999999999999999"])
def test_a_page_that_is_not_there_is_not_found(desk: FlaskClient, page: str) -> None:
    assert desk.get(f"/desk/?page={page}").status_code == 404


def test_editors_add_categories_and_authors_choose_among_them(
    app: Flask, make_user: MakeUser, log_in: LogIn
) -> None:
    editor = log_in(make_user(Role.EDITOR))
    assert 'name="new_category"' in editor.get("/desk/posts/new").text
    form = {"title": "T", "content": "C", "new_category": "News"}
    editor.post("/desk/posts/new", data=form)
    author = log_in(make_user())
    page = author.get("/desk/posts/new").text
    assert 'name="new_category"' not in page
    category = db.session.scalars(select(Category)).one()
    assert f'<option value="{category.id}">News</option>' in page
    author.post("/desk/posts/new", data=form | {"title": "Mine", "category": str(category.id)})
    assert db.session.scalars(select(Post).where(Post.title == "Mine")).one().category is category


def test_html_articles_are_previewed_as_html(
    desk: FlaskClient, author: User, make_post: MakePost
) -> None:
    post = make_post(author, content="<p>Hi</p>", content_format="html")
    page = desk.get(f"/desk/posts/{post.id}/edit").text
    assert 'formaction="/desk/posts/preview?format=html"' in page
    preview = desk.post("/desk/posts/preview?format=html", data={"content": "<p><em>Hi</em></p>"})
    assert "<em>Hi</em>" in preview.text


def test_a_preview_that_cannot_be_made_says_why(desk: FlaskClient) -> None:
    answer = desk.post("/desk/posts/preview", data={"content": "x " * 600_000})
    assert answer.status_code == 422
    assert "more than" in answer.text


@pytest.mark.parametrize("path", ["/desk/", "/desk/posts/new"])
def test_guests_have_no_desk(log_in: LogIn, make_user: MakeUser, path: str) -> None:
    assert log_in(make_user(Role.GUEST)).get(path).status_code == 403


def test_pages_of_the_desk_are_kept_by_no_cache(desk: FlaskClient) -> None:
    for path in ("/desk/", "/desk/posts/new", "/auth/profile"):
        assert "no-store" in desk.get(path).headers["Cache-Control"]


@pytest.mark.parametrize("number", ["0", "2147483648", "9" * 30])
def test_a_number_that_no_article_can_have_is_not_found(desk: FlaskClient, number: str) -> None:
    for action in ("edit", "delete"):
        assert desk.get(f"/desk/posts/{number}/{action}").status_code == 404
