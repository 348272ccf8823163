"""What an import leaves in the database, on both engines."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import undefer

from app.extensions import db
from app.models import Category, Comment, OutboxMessage, Post, Redirect, Role, Tag, Upload, User
from app.services import publishing, site
from app.services.importing import Problem, Report, import_blog
from app.services.importing.batch import CHANGED_HERE
from app.services.importing.records import (
    Entry,
    ImportedAuthor,
    ImportedComment,
    ImportedImage,
    ImportedPost,
    ImportedTerm,
    Outline,
)
from app.text.markdown import MAX_SOURCE_CHARS

DAY = datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)


class Records:
    """A source of records made for a test."""

    name = "records"

    def __init__(self, *posts: ImportedPost | Problem, **outline) -> None:
        self._posts, self._outline = posts, outline

    def outline(self) -> Outline:
        entries = [
            Entry(post.source_id, post.slug, post.created_at)
            for post in self._posts
            if isinstance(post, ImportedPost)
        ]
        return Outline(**({"site": "old", "entries": entries} | self._outline))

    def posts(self, slugs: Mapping[str, str]) -> Iterator[ImportedPost | Problem]:
        for post in self._posts:
            if isinstance(post, ImportedPost):
                post.slug = slugs[post.source_id]
            yield post


def record(number: int = 1, **values) -> ImportedPost:
    values = {"title": f"Title {number}", "content": "Text.", "created_at": DAY} | values
    return ImportedPost(source_id=str(number), slug=f"post-{number}", **values)


@pytest.fixture
def admin(make_user) -> User:
    return make_user(Role.ADMIN)


@pytest.fixture
def run(admin):
    """Give a function that imports records."""

    def run(*posts, dry_run=False, language=None, **outline) -> Report:
        source = Records(*posts, **outline)
        return import_blog(source=source, author=admin, dry_run=dry_run, language=language)

    return run


def stored(number: int = 1) -> Post:
    return db.session.scalars(
        select(Post)
        .where(Post.import_key == f"old:{number}")
        .options(undefer(Post.content), undefer(Post.content_html))
    ).one()


def count(model) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_post_arrives_whole(run, admin):
    report = run(
        record(
            content="# Hello",
            summary="S",
            category=ImportedTerm("News"),
            tags=[ImportedTerm("One"), ImportedTerm("二")],
            aliases=["/2020/hello", "/articles/post-1"],
            updated_at=DAY + timedelta(days=1),
            view_count=7,
            language="fr",
        )
    )
    post = stored()
    assert (post.title, post.slug, post.summary, post.language) == ("Title 1", "post-1", "S", "fr")
    assert "<h2" in post.content_html
    assert post.created_at == post.published_at == DAY
    assert post.updated_at == DAY + timedelta(days=1)
    assert post.author is admin
    assert post.category.name == "News"
    assert {tag.name for tag in post.tags} == {"One", "二"}
    assert [redirect.path for redirect in post.redirects] == ["/2020/hello"]
    assert post.view_count == 7
    assert report.rows() == [
        ("posts", 1, 0, 0),
        ("categories", 1, 0, 0),
        ("tags", 2, 0, 0),
        ("redirects", 1, 0, 0),
    ]


def test_the_summary_and_times_are_made_where_there_are_none(run):
    fallback = datetime(2019, 1, 1, tzinfo=UTC)
    future = datetime.now(UTC) + timedelta(days=9)
    run(
        record(1, created_at=None, fallback_time=fallback),
        record(2, created_at=None, fallback_time=future),
        record(3, created_at=None, is_published=False),
    )
    assert (stored(1).created_at, stored(1).summary) == (fallback, "Text.")
    assert stored(2).published_at < future
    assert stored(3).published_at is None


def test_a_second_run_changes_nothing(run):
    def everything():
        return record(
            tags=[ImportedTerm("b"), ImportedTerm("a")],
            category=ImportedTerm("c"),
            aliases=["/old"],
            author="ann",
            comments=[ImportedComment("1", "Hi", "Reader", DAY, is_approved=True)],
        )

    authors = {"ann": ImportedAuthor("ann", email="ann@old.example")}
    run(everything(), authors=authors)
    before = stored().version
    report = run(everything(), authors=authors)
    assert report.rows() == [
        ("posts", 0, 0, 1),
        ("comments", 0, 0, 1),
        ("authors", 0, 0, 1),
        ("redirects", 0, 0, 1),
    ]
    assert stored().version == before
    assert [count(m) for m in (Post, Comment, Tag, Category, Redirect)] == [1, 1, 2, 1, 1]


def test_what_changed_in_the_old_blog_is_taken_over(run):
    run(record(tags=[ImportedTerm("a")]), record(2))
    report = run(
        record(title="New", content="New text.", tags=[ImportedTerm("b")], is_published=False),
        record(2, updated_at=DAY + timedelta(days=3), summary="New"),
    )
    assert report.updated["posts"] == 2
    post = stored()
    assert (post.title, post.content, post.is_published) == ("New", "New text.", False)
    assert [tag.name for tag in post.tags] == ["b"]
    assert post.updated_at == DAY
    assert stored(2).updated_at == DAY + timedelta(days=3)
    assert stored(2).summary == "New"
    assert run(record(title="Third")).updated["posts"] == 1


def test_what_was_edited_here_is_left_alone_until_the_old_blog_is_newer(run, admin):
    run(record())
    publishing.update_post(post_id=stored().id, editor=admin, title="Mine")
    comments = [ImportedComment("1", "Hi", "R", DAY, is_approved=True)]
    report = run(record(title="Theirs", comments=comments))
    assert stored().title == "Mine"
    assert report.skipped == [Problem("Theirs", CHANGED_HERE)]
    assert report.made["comments"] == 1
    later = datetime.now(UTC) + timedelta(hours=1)
    assert run(record(title="Theirs", updated_at=later)).updated["posts"] == 1


def test_a_dry_run_reports_the_same_and_keeps_nothing(run, tmp_path, png):
    def everything():
        return record(
            tags=[ImportedTerm("a")],
            aliases=["/old"],
            author="ann",
            content="![x](/placeholder)",
            images=[image(tmp_path, png)],
        )

    authors = {"ann": ImportedAuthor("ann")}
    dry = run(everything(), authors=authors, dry_run=True)
    assert [count(model) for model in (Post, Tag, Redirect, Upload)] == [0, 0, 0, 0]
    assert count(User) == 1
    assert dry.rows() == run(everything(), authors=authors).rows()
    assert count(Post) == 1


def test_a_dry_run_without_authors_and_terms_keeps_nothing_either(run):
    assert run(record(), dry_run=True).made["posts"] == 1
    assert count(Post) == 0


def test_one_bad_item_never_loses_the_rest(run):
    too_long = "x" * (MAX_SOURCE_CHARS + 1)
    for dry_run in (True, False):
        report = run(
            record(1, tags=[ImportedTerm("a")]),
            record(2, content=too_long, tags=[ImportedTerm("b")]),
            record(3, tags=[ImportedTerm("b")]),
            Problem("4", "broken", failed=True),
            dry_run=dry_run,
        )
        assert report.made["posts"] == 2
        assert [problem.item for problem in report.failed] == ["4", "Title 2"]
        assert "500,000" in report.failed[1].reason
    assert {post.import_key for post in db.session.scalars(select(Post))} == {"old:1", "old:3"}
    assert {tag.name for tag in stored(3).tags} == {"b"}


def test_more_than_one_batch_is_written(run):
    report = run(*(record(n, tags=[ImportedTerm(f"t{n % 7}")]) for n in range(250)))
    assert report.made["posts"] == count(Post) == 250
    assert count(Tag) == 7


def test_progress_is_told(admin):
    seen = []
    import_blog(
        source=Records(record(1), record(2)),
        author=admin,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(1, 2), (2, 2)]


def test_readers_see_an_import_at_once(run, app):
    before = site.version()
    run(record(), dry_run=True)
    assert site.version() == before
    run(record())
    assert site.version() != before


def test_titles_and_terms_are_cut_to_what_fits(run):
    report = run(
        record(
            title="t" * 300,
            summary="s" * 600,
            category=ImportedTerm("c" * 60, description="d" * 300),
            tags=[ImportedTerm("g" * 60), ImportedTerm(" "), ImportedTerm("ok")],
            content="a\0b",
        )
    )
    post = stored()
    assert (len(post.title), len(post.summary), post.content) == (200, 500, "ab")
    assert len(post.category.name) == 50
    assert len(post.category.description) == 200
    assert len(post.tags) == 2
    assert [warning.reason for warning in report.warnings] == [
        "its title was cut to 200 characters",
        "its summary was cut to 500 characters",
        "tags were cut to 50 characters: " + "g" * 60,
    ]


def test_a_post_without_a_title_gets_one(run):
    run(record(title=" \0 "))
    assert stored().title == "Untitled"


def test_a_future_post_is_scheduled(run):
    later = datetime.now(UTC) + timedelta(days=5)
    run(record(created_at=later, published_at=later))
    assert stored().published_at == later
    assert not stored().is_public
    assert db.session.scalars(select(OutboxMessage.available_at)).all() == [later]


def test_the_language_is_the_posts_the_given_or_the_sites(run):
    run(record(1, language="de"), record(2), record(3), language="en")
    assert [stored(n).language for n in (1, 2)] == ["de", "en"]
    run(record(4), entries=[Entry("4", "post-4")], language=None)
    assert stored(4).language is None


def test_terms_are_found_whatever_their_capitals(run):
    db.session.add(Tag(name="Flask"))
    db.session.commit()
    report = run(record(1, tags=[ImportedTerm("flask")]), record(2, tags=[ImportedTerm("FLASK")]))
    assert report.made["tags"] == 0
    assert count(Tag) == 1


def test_listed_terms_keep_their_slugs_unless_taken(run):
    run(
        categories=[ImportedTerm("技术", "tech", "About"), ImportedTerm("Other", "tech")],
        tags=[ImportedTerm("Databases", "db"), ImportedTerm("databases")],
    )
    categories = {c.name: (c.slug, c.description) for c in db.session.scalars(select(Category))}
    assert categories == {"技术": ("tech", "About"), "Other": ("other", None)}
    assert [(tag.name, tag.slug) for tag in db.session.scalars(select(Tag))] == [
        ("Databases", "db")
    ]


def test_a_former_address_of_another_article_is_told(run):
    report = run(record(1, aliases=["/old"]), record(2, aliases=["/old"]))
    assert [(w.item, w.reason) for w in report.warnings] == [
        ("Title 2", "the former address /old leads to another article")
    ]


def test_slugs_taken_here_get_a_number(run, make_post):
    make_post(title="Post 1", slug="post-1")
    run(record(1))
    assert stored(1).slug == "post-1-2"


def test_the_same_article_is_not_taken_twice_by_another_way(run, make_post):
    make_post(title="Mine", slug="post-1", created_at=DAY)
    report = run(record(1), record(2))
    assert report.skipped == [Problem("Title 1", "it is here already")]
    assert count(Post) == 2


def test_comments_form_a_thread_no_deeper_than_allowed(run, app, admin):
    app.config["COMMENT_MAX_DEPTH"] = 1
    comments = [
        ImportedComment(
            "1", "One\x00 ", "Reader\n", DAY, is_approved=True, author_url="https://r.example/"
        ),
        ImportedComment(
            "2", "Two", "", None, is_approved=False, parent_id="1", author_url="ftp://x"
        ),
        ImportedComment("3", "Three", "X", DAY, is_approved=True, parent_id="2", author="ann"),
        ImportedComment("4", "", "Gone", DAY, is_approved=True, deleted_at=DAY),
    ]
    run(record(comments=comments, author="ann"), authors={"ann": ImportedAuthor("ann")})
    found = {c.import_key[-1]: c for c in db.session.scalars(select(Comment))}
    assert (found["1"].content, found["1"].author_name) == ("One", "Reader")
    assert found["1"].content_html == "<p>One</p>\n"
    assert found["1"].author_url == "https://r.example/"
    assert (found["2"].author_name, found["2"].author_url) == ("Anonymous", None)
    assert found["2"].created_at == DAY
    assert not found["2"].is_approved
    assert found["3"].parent_id == found["1"].id
    assert [found[n].depth for n in "123"] == [0, 1, 1]
    assert found["3"].author.username == "ann"
    assert found["3"].author_name is None
    assert found["4"].deleted_at == DAY


def test_moderation_here_outlasts_another_run(run):
    def with_comment():
        return record(comments=[ImportedComment("1", "Spam", "S", DAY, is_approved=True)])

    run(with_comment())
    comment = db.session.scalars(select(Comment)).one()
    comment.is_approved = False
    db.session.commit()
    run(with_comment())
    assert not db.session.scalars(select(Comment.is_approved)).one()


def image(folder: Path, data: bytes, name: str = "a.png") -> ImportedImage:
    path = folder / name
    path.write_bytes(data)
    return ImportedImage("/placeholder", path, name)


def test_images_are_stored_once_and_shown_from_the_uploads(run, tmp_path, png):
    def with_image(number):
        return record(
            number, content="![x](/placeholder) ![y](/placeholder)", images=[image(tmp_path, png)]
        )

    report = run(with_image(1), with_image(2))
    assert (report.made["images"], report.unchanged["images"]) == (1, 1)
    upload = db.session.scalars(select(Upload)).one()
    assert stored().content == f"![x](/uploads/{upload.path}) ![y](/uploads/{upload.path})"
    assert "/uploads/" in stored().content_html
    for dry_run in (False, True):
        report = run(with_image(1), dry_run=dry_run)
        assert report.rows() == [("posts", 0, 0, 1), ("images", 0, 0, 1)]


@pytest.mark.parametrize("dry_run", [True, False])
def test_an_image_that_cannot_be_stored_keeps_its_reference(run, tmp_path, dry_run):
    gone = ImportedImage("/gone", tmp_path / "gone.png", "gone.png")
    large = image(tmp_path, b"x" * (5 * 2**20 + 1), "large.png")
    broken = image(tmp_path, b"no picture", "broken.png")
    for picture in (gone, large, broken):
        content = f"![x]({picture.placeholder})"
        report = run(record(content=content, images=[picture]), dry_run=dry_run)
        (warning,) = report.warnings
        assert warning.reason.startswith(f"the image {picture.reference} was not copied: ")
        assert report.made["images"] == 0
        if not dry_run:
            assert stored().content == f"![x]({picture.reference})"


def test_authors_are_found_by_address_then_by_name_or_made(run, make_user):
    mine = make_user(username="maria", email="Maria@old.example")
    named = make_user(username="Bob")
    report = run(
        *(record(n, author=key) for n, key in enumerate(("m", "b", "new", "zh", "gone"), 1)),
        authors={
            "m": ImportedAuthor("someone", email="maria@OLD.example"),
            "b": ImportedAuthor("bob", email="bob@old.example"),
            "new": ImportedAuthor("Jane.Doe", "Jane Doe", "jane@old.example", "Bio"),
            "zh": ImportedAuthor("张三", email="not an address"),
        },
    )
    assert (report.made["authors"], report.unchanged["authors"]) == (2, 2)
    assert stored(1).author is mine
    assert stored(2).author is named
    jane, zhang = stored(3).author, stored(4).author
    assert (jane.username, jane.nickname, jane.email, jane.bio) == (
        "jane_doe",
        "Jane Doe",
        "jane@old.example",
        "Bio",
    )
    assert (zhang.username, zhang.email) == ("zhang_san", "zhang_san@imported.invalid")
    assert not jane.is_active
    assert not jane.check_password("")
    assert stored(5).author.role == Role.ADMIN


def test_reasons_of_the_database_are_told_in_short(run, monkeypatch):
    from app.services.importing import batch

    def refuse(*_):
        raise ValueError("too\n odd")

    monkeypatch.setattr(batch, "write_comments", refuse)
    report = run(record(1))
    assert report.failed == [Problem("Title 1", "too odd", failed=True)]
