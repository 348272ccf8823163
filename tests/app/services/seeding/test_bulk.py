"""Made-up blogs are what the blog itself would have written."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, select, text
from sqlalchemy import table as sql_table

from app.models import Comment, Post, Role, User, db
from app.services import listing, reading, seeding
from app.services.errors import Conflict
from app.services.search import search_posts
from app.text.markdown import render_comment

WRITTEN = ("title", "content", "language", "is_published", "published_at", "author_id")
OTHERS = ("id", "view_count", "category_id", "created_at", "updated_at")
DERIVED = [c.name for c in Post.__table__.columns if c.name not in WRITTEN + OTHERS]


def columns(names: list[str]) -> list[dict[str, Any]]:
    """Return some columns of every post, the oldest first."""
    rows = db.session.execute(select(*(Post.__table__.c[name] for name in names)).order_by(Post.id))
    return [dict(row._mapping) for row in rows]


def index() -> list[tuple[Any, ...]]:
    """Return the search index without the posts' ids, in the posts' order."""
    statement = {
        "postgresql": "SELECT published_at, title::text, document::text FROM post_search"
        " ORDER BY post_id",
        "sqlite": "SELECT title, body FROM post_search ORDER BY rowid",
    }[db.engine.dialect.name]
    return [tuple(row) for row in db.session.execute(text(statement))]


def empty(*models: type[Any]) -> None:
    """Delete every row of some models, and the index."""
    for table in ("post_search", "post_tags", *(model.__tablename__ for model in models)):
        db.session.execute(sql_table(table).delete())


def test_derived_columns_and_index_are_those_of_the_models(app: Flask) -> None:
    seeding.seed_blog(posts=150, comments=200, users=20, seed=7)
    seeded, seeded_index = columns(DERIVED), index()
    written = columns([*WRITTEN])
    comments = db.session.execute(select(Comment.content, Comment.content_html)).all()
    assert all(html == render_comment(content) for content, html in comments)
    empty(Comment, Post)
    for values in written:
        db.session.add(Post(**values))
        db.session.flush()
    assert columns(DERIVED) == seeded
    assert index() == seeded_index


def test_one_seed_makes_one_blog(app: Flask) -> None:
    seeding.seed_blog(posts=30, comments=30, users=10, seed=3)
    first = columns(["title", "content", "slug"])
    empty(Comment, Post, User)
    db.session.commit()
    seeding.seed_blog(posts=30, comments=30, users=10, seed=3)
    assert columns(["title", "content", "slug"]) == first


def test_another_run_adds_and_writing_goes_on(
    app: Flask, make_post: Callable[..., Post], make_comment: Callable[..., Comment]
) -> None:
    for _ in range(2):
        seeding.seed_blog(posts=10, comments=5, users=3, seed=1)
    assert db.session.query(Post).count() == 20
    names = set(db.session.scalars(select(User.username)))
    assert names == {f"seeded{number}" for number in range(1, 7)}
    post = make_post()
    make_comment(post, post.author)


def test_the_blog_can_be_read_and_searched(app: Flask) -> None:
    seeding.seed_blog(posts=120, comments=300, users=20, seed=1)
    newest = reading.list_articles(page=1, per_page=50).items
    assert {post.language for post in newest} == {"en", "zh"}
    assert search_posts(query="server", page=1, per_page=10).items
    assert search_posts(query="服务器", page=1, per_page=10).items
    (busiest,) = listing.popular_posts(limit=1)
    assert reading.read_article(slug=busiest.slug).tags
    replies = select(Comment.id).where(Comment.depth > 0)
    assert db.session.scalars(replies).first()


def test_users_log_in_with_the_password_given(app: Flask) -> None:
    seeding.seed_blog(posts=0, comments=0, users=2, seed=1, password="Correct-Horse-7")
    author, reader = db.session.scalars(select(User).order_by(User.id))
    assert (author.role, reader.role) == (Role.AUTHOR, Role.GUEST)
    assert author.check_password("Correct-Horse-7")


def test_without_a_password_nobody_logs_in(app: Flask) -> None:
    seeding.seed_blog(posts=0, comments=0, users=1, seed=1)
    user = db.session.scalars(select(User)).one()
    assert not user.check_password("")


def test_posts_want_an_author_and_comments_a_post(app: Flask) -> None:
    with pytest.raises(Conflict, match="no author"):
        seeding.seed_blog(posts=1, comments=0, users=0, seed=1)
    with pytest.raises(Conflict, match="give --posts"):
        seeding.seed_blog(posts=0, comments=1, users=1, seed=1)


@pytest.fixture
def tenant(app: Flask) -> Iterator[None]:
    """Use PostgreSQL as a role that may change rows, not tables; nothing changes on SQLite."""
    if db.engine.dialect.name != "postgresql":
        yield
        return
    owner = db.engine
    with owner.begin() as connection:
        connection.execute(text("CREATE ROLE tenant LOGIN"))
        for kind, rights in (("TABLES", "ALL"), ("SEQUENCES", "USAGE, SELECT")):
            connection.execute(text(f"GRANT {rights} ON ALL {kind} IN SCHEMA public TO tenant"))
    tenant = create_engine(owner.url.set(username="tenant"))
    db.engines[None] = tenant
    yield
    db.session.remove()
    db.engines[None] = owner
    tenant.dispose()
    with owner.begin() as connection:
        connection.execute(text("DROP OWNED BY tenant"))
        connection.execute(text("DROP ROLE tenant"))


def test_a_role_that_owns_no_table_seeds_as_well(
    tenant: None, make_post: Callable[..., Post]
) -> None:
    seeding.seed_blog(posts=10, comments=5, users=3, seed=1)
    assert search_posts(query="the", page=1, per_page=10).items
    make_post()
