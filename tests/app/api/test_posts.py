"""Articles are written, read, changed and deleted by programs."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from app import db
from app.models import Category, Post, Role, User

from .conftest import Program

Make = Callable[..., Program]
MakeUser = Callable[..., User]
MakePost = Callable[..., Post]


def test_an_article_is_written_and_read(program: Make, make_user: MakeUser) -> None:
    ann = program(make_user())
    written = ann.post(
        "/posts",
        json={
            "title": "你好, world",
            "content": "Some **Markdown**.",
            "tags": ["Flask", "编程"],
            "is_published": True,
        },
    )
    assert written.status_code == 201
    assert written.headers["Location"] == f"/api/v1/posts/{written.json['id']}"
    read = program().get(f"/posts/{written.json['id']}")
    assert read.json == written.json
    assert read.json["slug"] == "ni-hao-world"
    assert read.json["content_html"] == "<p>Some <strong>Markdown</strong>.</p>\n"
    assert [tag["name"] for tag in read.json["tags"]] == ["Flask", "编程"]
    assert "email" not in read.json["author"]


def test_a_draft_exists_for_its_author_and_for_editors_only(
    program: Make, make_user: MakeUser, make_post: MakePost
) -> None:
    author = make_user()
    draft = make_post(author, is_published=False)
    path = f"/posts/{draft.id}"
    assert program(author).get(path).status_code == 200
    assert program(make_user(Role.EDITOR)).get(path).status_code == 200
    assert program(make_user()).get(path).status_code == 404
    assert program().get(path).status_code == 404
    assert program().get("/posts?state=all").json["items"] == []
    assert program(make_user()).get("/posts?state=draft").json["items"] == []
    assert program(author).get("/posts?state=draft").json["total"] == 1


def test_a_change_of_some_fields_leaves_the_others(
    program: Make, make_user: MakeUser, make_post: MakePost
) -> None:
    author = make_user()
    post = make_post(author, title="Old", summary="Kept.")
    answer = program(author).patch(f"/posts/{post.id}", json={"title": "New"})
    assert (answer.json["title"], answer.json["summary"]) == ("New", "Kept.")
    assert answer.json["is_published"]


def test_a_replacement_empties_what_it_leaves_out(
    program: Make, make_user: MakeUser, make_post: MakePost
) -> None:
    author = make_user()
    db.session.add(category := Category(name="News"))
    db.session.commit()
    post = make_post(author, category_id=category.id, summary="Mine.")
    answer = program(author).put(f"/posts/{post.id}", json={"title": "New", "content": "Text."})
    assert answer.json["category"] is None
    assert answer.json["summary"] == "Text."
    assert not answer.json["is_published"]


def test_an_article_is_deleted(program: Make, make_user: MakeUser, make_post: MakePost) -> None:
    author = make_user()
    path = f"/posts/{make_post(author).id}"
    assert program(author).delete(path).status_code == 204
    assert program(author).get(path).status_code == 404


def test_an_edit_of_an_outdated_article_is_refused(
    program: Make, make_user: MakeUser, make_post: MakePost
) -> None:
    author = make_user()
    path = f"/posts/{make_post(author).id}"
    ann = program(author)
    seen = ann.get(path).headers["ETag"]
    assert ann.patch(path, json={"title": "First"}, headers={"If-Match": seen}).status_code == 200
    assert ann.patch(path, json={"title": "Second"}, headers={"If-Match": seen}).status_code == 412
    assert (
        ann.put(
            path, json={"title": "Second", "content": "x"}, headers={"If-Match": seen}
        ).status_code
        == 412
    )
    assert ann.delete(path, headers={"If-Match": seen}).status_code == 412
    assert ann.get(path).json["title"] == "First"
    assert ann.delete(path, headers={"If-Match": "*"}).status_code == 204


def test_a_view_counted_meanwhile_is_no_reason_to_refuse_an_edit(
    program: Make, make_user: MakeUser, make_post: MakePost
) -> None:
    author = make_user()
    post = make_post(author)
    ann = program(author)
    seen = ann.get(f"/posts/{post.id}").headers["ETag"]
    db.session.execute(db.update(Post).values(view_count=9))
    db.session.commit()
    answer = ann.patch(f"/posts/{post.id}", json={"title": "New"}, headers={"If-Match": seen})
    assert answer.status_code == 200


def test_a_taken_slug_is_a_conflict_that_names_it(
    program: Make, make_user: MakeUser, make_post: MakePost
) -> None:
    author = make_user()
    make_post(author, slug="taken")
    answer = program(author).post("/posts", json={"title": "t", "content": "c", "slug": "taken"})
    assert answer.status_code == 409
    assert "slug" in answer.json["errors"]


def test_pages_know_their_number_and_their_neighbours(
    program: Make, make_user: MakeUser, make_post: MakePost
) -> None:
    author = make_user()
    for number in range(5):
        make_post(author, title=f"T{number}")
    page = program().get("/posts?per_page=2&page=2&sort=title")
    assert [item["title"] for item in page.json["items"]] == ["T2", "T3"]
    assert {name: page.json[name] for name in ("page", "per_page", "total", "pages")} == {
        "page": 2,
        "per_page": 2,
        "total": 5,
        "pages": 3,
    }
    assert page.json["has_next"]
    assert page.json["has_prev"]
    links = page.headers["Link"]
    assert '</api/v1/posts?per_page=2&page=3&sort=title>; rel="next"' in links
    assert 'page=1&sort=title>; rel="prev"' in links
    beyond = program().get("/posts?page=10000").json
    assert beyond["items"] == []
    assert beyond["total"] == 5


@pytest.mark.parametrize("sort", ["-published_at", "published_at", "title", "-view_count", "id"])
@pytest.mark.parametrize("state", ["published", "all"])
def test_cursors_walk_the_whole_list_in_order(
    program: Make, make_user: MakeUser, make_post: MakePost, sort: str, state: str
) -> None:
    author = make_user()
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(7):
        make_post(author, title=f"T{number % 3}", published_at=moment + timedelta(days=number // 2))
    make_post(author, is_published=False)
    ann = program(author)
    whole = ann.get(f"/posts?sort={sort}&state={state}&per_page=100").json["items"]
    path: str | None = f"/posts?sort={sort}&state={state}&per_page=2&cursor="
    walked = []
    while path:
        page = ann.get(path)
        walked += page.json["items"]
        assert "total" not in page.json
        link = page.headers.get("Link")
        assert (link is not None) == page.json["has_next"]
        path = link.split(">")[0].removeprefix("</api/v1") if link else None
    assert [item["id"] for item in walked] == [item["id"] for item in whole]


def test_a_cursor_of_another_order_or_a_forged_one_is_refused(
    program: Make, make_user: MakeUser, make_post: MakePost
) -> None:
    author = make_user()
    make_post(author)
    make_post(author)
    cursor = program().get("/posts?per_page=1&cursor=").json["next_cursor"]
    for query in (f"sort=title&cursor={cursor}", "cursor=x", f"cursor={cursor}x"):
        answer = program().get(f"/posts?{query}")
        assert answer.status_code == 422
        assert list(answer.json["errors"]) == ["cursor"]


def test_a_list_is_narrowed(program: Make, make_user: MakeUser, make_post: MakePost) -> None:
    ann, ben = make_user(), make_user()
    db.session.add(category := Category(name="News"))
    db.session.commit()
    old = datetime(2020, 1, 1, tzinfo=UTC)
    make_post(ann, title="A", category_id=category.id, language="en", published_at=old)
    make_post(ben, title="B", language="zh")
    program(ann).post(
        "/posts",
        json={"title": "C", "content": "c", "tags": ["x", "y"], "is_published": True},
    )
    expected = {
        f"author={ben.id}": ["B"],
        "category=news": ["A"],
        "category=none": [],
        "language=zh": ["B"],
        "tag=x": ["C"],
        "tag=x,y": ["C"],
        "tag=x,none": [],
        "published_before=2021-01-01T00:00:00Z": ["A"],
        "published_after=2021-01-01T00:00:00Z": ["B", "C"],
    }
    for query, titles in expected.items():
        items = program().get(f"/posts?sort=title&{query}").json["items"]
        assert [item["title"] for item in items] == titles, query


def test_only_the_fields_asked_for_are_sent(
    program: Make, make_user: MakeUser, make_post: MakePost
) -> None:
    post = make_post(make_user())
    assert program().get(f"/posts/{post.id}?fields=id,title").json == {
        "id": post.id,
        "title": "A title",
    }
    items = program().get("/posts?fields=id,content").json["items"]
    assert items == [{"id": post.id, "content": "Some content."}]
    assert "content" not in program().get("/posts").json["items"][0]
    refused = program().get("/posts?fields=id,password_hash")
    assert refused.status_code == 422
    assert "fields" in refused.json["errors"]


def test_a_list_costs_the_same_few_statements_however_long_it_is(
    program: Make,
    make_user: MakeUser,
    make_post: MakePost,
    count_statements: Callable[..., object],
) -> None:
    def cost() -> int:
        db.session.expire_all()
        with count_statements() as statements:
            program().get("/posts?per_page=100")
        return len(statements)

    for _ in range(3):
        make_post(make_user())
    few = cost()
    for _ in range(20):
        make_post(make_user())
    assert cost() == few <= 3


def test_the_most_read_articles_come_first(
    program: Make, make_user: MakeUser, make_post: MakePost
) -> None:
    author = make_user()
    for views in (1, 7, 3):
        make_post(author, title=f"T{views}", view_count=views)
    make_post(author, view_count=100, is_published=False)
    items = program().get("/posts/popular?limit=2").json["items"]
    assert [item["title"] for item in items] == ["T7", "T3"]
