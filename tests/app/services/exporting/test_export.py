"""What an export holds, and that an import of it gives the same blog again."""

from datetime import UTC, datetime
from functools import partial
from typing import Any
from unicodedata import normalize

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import selectinload, undefer

from app.extensions import db
from app.models import Category, Comment, Post, Redirect, Role, Tag, Upload, User
from app.services import uploads
from app.services.clean import clean_text
from app.services.exporting import ExportRefused, export_markdown
from app.services.importing import MarkdownTree, import_blog
from app.text.words import words
from tests.conftest import empty_tables

DAY = datetime(2020, 1, 2, 3, 4, 5, 678, tzinfo=UTC)


@pytest.fixture
def ann(make_user) -> User:
    return make_user(Role.ADMIN, username="ann", nickname="Ann Lee", bio="Bio: yes\nno")


def add_post(author: User, **values: Any) -> Post:
    values = {"title": "T", "content": "Text.", "created_at": DAY, "updated_at": DAY} | values
    post = Post(author_id=author.id, **values)
    db.session.add(post)
    db.session.commit()
    return post


def snapshot() -> dict[str, Any]:
    """Return the whole blog as readers and authors see it, without numbers of rows."""
    posts = db.session.scalars(
        select(Post).options(undefer(Post.content), undefer(Post.content_html), selectinload("*"))
    )
    return {
        "posts": {post.slug: describe(post) for post in posts},
        "categories": sorted(
            (c.name, c.slug, c.description) for c in db.session.scalars(select(Category))
        ),
        "tags": sorted((tag.name, tag.slug) for tag in db.session.scalars(select(Tag))),
    }


def describe(post: Post) -> dict[str, Any]:
    names = words(
        "title content content_format content_html summary language is_published published_at "
        "created_at updated_at view_count word_count"
    )
    comments = db.session.scalars(select(Comment).where(Comment.post_id == post.id))
    return {name: getattr(post, name) for name in names} | {
        "author": (post.author.username, post.author.nickname, post.author.bio),
        "category": post.category and post.category.slug,
        "tags": [tag.slug for tag in post.tags],
        "redirects": sorted(redirect.path for redirect in post.redirects),
        "comments": sorted((describe_comment(comment) for comment in comments), key=repr),
    }


def describe_comment(comment: Comment) -> tuple[Any, ...]:
    return (
        describe_comment(comment.parent) if comment.parent else None,
        comment.content,
        comment.is_approved,
        comment.author.username if comment.author else None,
        comment.author_name,
        comment.author_url,
        comment.depth,
        comment.created_at,
        comment.deleted_at,
    )


def forget_everything() -> User:
    """Leave an admin in an empty database."""
    db.session.remove()
    empty_tables()
    admin = User(username="new_admin", email="new@b.example", role=int(Role.ADMIN))
    db.session.add(admin)
    db.session.commit()
    return admin


def exported_and_imported(folder) -> None:
    export_markdown(folder=folder)
    report = import_blog(source=MarkdownTree(folder), author=forget_everything())
    assert report.failed == report.skipped == []


def test_an_export_imports_back_to_the_same_blog(ann, make_user, tmp_path):
    bob = make_user(username="bob", nickname=None)
    unused = Category(name="Unused", slug="unused", description="Never: used")
    tech = Category(name="技术", slug="tech")
    tags = [Tag(name="C, C++ & “co”", slug="c"), Tag(name="true", slug="true")]
    db.session.add_all([unused, *tags, Tag(name="alone", slug="alone")])
    full = add_post(
        ann,
        title="A: 'quoted' \"title\" # {x}",
        slug="full",
        content="# {{< x >}}\n\n{% y %} {{ z }} `[a](b.md)`\n\n[b](/articles/draft) --- \n```\n",
        summary="null",
        language="zh_Hans_CN",
        is_published=True,
        published_at=DAY,
        category=tech,
        tags=tags,
        view_count=7,
    )
    add_post(bob, title="Draft", slug="draft", content="---\n---\nNo front matter")
    add_post(ann, title="H", slug="h", content="<dl><dt>x</dt></dl>", content_format="html")
    add_post(ann, title="Later", slug="later", is_published=True, published_at=DAY.replace(2099))
    db.session.add_all(
        [Redirect(path="/old/路径/", post_id=full.id), Redirect(path="/2", post_id=full.id)]
    )
    first = Comment(
        post_id=full.id,
        content="- a\n  b: c",
        author_name="Ann: x",
        author_url="https://a.example",
        is_approved=True,
        created_at=DAY,
    )
    reply = Comment(
        post_id=full.id,
        content="",
        author_id=bob.id,
        parent=first,
        depth=1,
        created_at=DAY,
        deleted_at=DAY,
    )
    db.session.add_all([first, reply])
    db.session.commit()
    before = snapshot()
    exported_and_imported(tmp_path / "out")
    after = snapshot()
    for slug, post in before["posts"].items():
        assert after["posts"][slug] == post
    assert after == before


# What the services store: composed characters, none that is invisible.
TEXT = st.text(
    st.characters(
        exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Cn", "Co"], include_characters="\n"
    ),
    max_size=80,
).map(partial(normalize, "NFC"))
LINE = TEXT.map(lambda words: " ".join(words.split())).filter(bool)


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(title=LINE, content=TEXT, comment=TEXT, name=LINE)
def test_whatever_was_written_comes_back_to_the_letter(
    app, tmp_path_factory, title, content, comment, name
):
    author = forget_everything()
    post = add_post(author, title=title, slug="a", content=clean_text(content))
    db.session.add(
        Comment(post_id=post.id, content=clean_text(comment), author_name=name[:80], created_at=DAY)
    )
    db.session.commit()
    before = snapshot()
    exported_and_imported(tmp_path_factory.mktemp("export") / "out")
    after = snapshot()
    assert after["posts"]["a"]["content"] == before["posts"]["a"]["content"]
    assert after == before


def test_the_tree_is_one_that_hugo_reads(ann, tmp_path, app):
    add_post(ann, title="你好", slug="ni-hao", category=Category(name="C"), tags=[Tag(name="x")])
    export = export_markdown(folder=tmp_path / "out")
    assert (export.posts, export.comments, export.images) == (1, 0, 0)
    document = (tmp_path / "out/content/posts/ni-hao/index.md").read_text()
    _, front, body = document.split("---\n")
    assert (
        yaml.safe_load(front)
        == {
            "title": "你好",
            "slug": "ni-hao",
            "date": "2020-01-02T03:04:05.000678Z",
            "lastmod": "2020-01-02T03:04:05.000678Z",
            "draft": True,
            "summary": "Text.",
            "author": "ann",
            "categories": ["C"],
            "tags": ["x"],
            "ironpress": True,
        }
        or yaml.safe_load(front)["date"] == DAY
    )
    assert body == "Text."
    assert "title: 你好" in front
    config = yaml.safe_load((tmp_path / "out/hugo.yaml").read_text())
    assert config["permalinks"] == {"posts": "/articles/:slug/"}
    assert config["title"] == app.config["SITE_NAME"]
    authors = (tmp_path / "out/authors.yaml").read_text()
    assert "Ann Lee" in authors
    assert "@" not in authors


def test_images_lie_beside_their_article(ann, tmp_path, png):
    stored = uploads.store_image(data=png, filename="a.png", owner_id=ann.id)
    add_post(
        ann,
        slug="a",
        content=f"![x]({stored.url}) [big]({stored.url}) `{stored.url}` ![gone](/uploads/gone.png)"
        " ![out](/uploads/../../secret) ![r](https://a.example/x.png)",
    )
    add_post(ann, slug="b", content=f'<p><img src="{stored.url}"></p>', content_format="html")
    export = export_markdown(folder=tmp_path / "out")
    assert export.images == 2
    assert export.missing_images == ["a: /uploads/gone.png", "a: /uploads/../../secret"]
    name = stored.path.replace("/", "")
    folder = tmp_path / "out/content/posts/a"
    assert sorted(path.name for path in folder.iterdir()) == sorted([name, "index.md"])
    assert f"![x]({name}) [big]({name}) `{stored.url}`" in (folder / "index.md").read_text()
    report = import_blog(source=MarkdownTree(tmp_path / "out"), author=forget_everything())
    assert report.made["images"] + report.unchanged["images"] == 2
    upload = db.session.scalars(select(Upload)).one()
    contents = db.session.scalars(select(Post).options(undefer(Post.content))).all()
    assert all(f"/uploads/{upload.path}" in post.content for post in contents)


def test_more_than_one_batch_is_written(ann, tmp_path):
    db.session.add_all([Post(title=f"P {n}", content="x", author_id=ann.id) for n in range(450)])
    db.session.commit()
    seen = []
    export = export_markdown(
        folder=tmp_path / "out", progress=lambda done, total: seen.append((done, total))
    )
    assert export.posts == 450
    assert seen[-1] == (450, 450)


def test_an_export_imported_where_it_came_from_doubles_nothing(ann, tmp_path):
    add_post(ann, slug="a")
    before = snapshot()
    export_markdown(folder=tmp_path / "out")
    report = import_blog(source=MarkdownTree(tmp_path / "out"), author=ann)
    assert [problem.reason for problem in report.skipped] == ["it is here already"]
    assert snapshot() == before


def test_a_folder_with_something_in_it_is_refused(app, tmp_path):
    (tmp_path / "x").write_text("mine")
    with pytest.raises(ExportRefused, match="is not empty"):
        export_markdown(folder=tmp_path)


def test_a_folder_that_cannot_be_made_is_refused(app, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportRefused, match="cannot be written"):
        export_markdown(folder=tmp_path / "file" / "out")
