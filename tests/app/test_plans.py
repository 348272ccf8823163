"""How PostgreSQL finds what readers ask for, in a blog that is not small."""

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, event, func, select, text

from app import create_app
from app.models import Category, Post, Tag, User, db, post_tags
from app.services import seeding

POSTS = int(os.environ.get("PLAN_POSTS", "10000"))
BIG = {"posts", "comments", "post_tags", "post_search"}


@pytest.fixture(scope="module")
def big_blog(tmp_path_factory: pytest.TempPathFactory, postgresql_url: str) -> Iterator[Flask]:
    """Seed a blog in a database of its own."""
    root = create_app("testing", database_url=postgresql_url)
    name = "plans"
    with root.app_context():
        autocommit = db.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        autocommit.execute(text(f"CREATE DATABASE {name}"))
    url = re.sub(r"/postgres\?", f"/{name}?", postgresql_url)
    app = create_app(
        "testing",
        database_url=url,
        data_dir=tmp_path_factory.mktemp("plans"),
        page_cache_list_seconds=0,
        page_cache_post_seconds=0,
    )
    with app.app_context():
        db.create_all()
        seeding.seed_blog(posts=POSTS, comments=4 * POSTS, users=100, seed=1)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    with root.app_context():
        autocommit.execute(text(f"DROP DATABASE {name}"))
        autocommit.close()
        db.engine.dispose()


def statements(app: Flask, path: str) -> list[tuple[str, Any]]:
    """Return what a page asks the database, with its values."""
    asked: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, values: Any, *___: Any) -> None:
        if statement.lstrip("( ").startswith(("SELECT", "WITH")):
            asked.append((statement, values))

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", note)
        try:
            answer = app.test_client().get(path)
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
    assert answer.status_code == 200, (path, answer.text[:500])
    answer.close()
    return asked


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every step of a plan."""
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


def plan_of(connection: Connection, statement: str, values: Any) -> dict[str, Any]:
    """Return how PostgreSQL carries a statement out."""
    ((found,),) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values)
    plan: dict[str, Any] = found[0]["Plan"]
    return plan


def full_scans(app: Flask, path: str) -> list[str]:
    """Return the big tables that a page reads from end to end, with the statement."""
    asked = statements(app, path)
    with app.app_context(), db.engine.connect() as connection:
        return [
            f"{node['Relation Name']}: {statement}"
            for statement, values in asked
            for node in nodes(plan_of(connection, statement, values))
            if node["Node Type"] == "Seq Scan" and node["Relation Name"] in BIG
        ]


@pytest.fixture(scope="module")
def paths(big_blog: Flask) -> dict[str, str]:
    """Give the address of every kind of page, each where it costs most."""
    with big_blog.app_context():
        post = db.session.scalars(select(Post).order_by(Post.view_count.desc()).limit(1)).one()
        slug, post_id, month = post.slug, post.id, f"{post.published_at:%Y-%m}"
        tag, other = db.session.scalars(
            select(Tag.slug)
            .join(post_tags)
            .group_by(Tag.slug)
            .order_by(func.count().desc())
            .limit(2)
        ).all()
        rare = db.session.scalars(
            select(Tag.slug).join(post_tags).group_by(Tag.slug).order_by(func.count()).limit(1)
        ).one()
        category = db.session.scalars(select(Category.slug).order_by(Category.id)).first()
        author_id, username = db.session.execute(
            select(User.id, User.username).order_by(User.id).limit(1)
        ).one()
    api = "/api/v1/posts"
    with big_blog.app_context():
        page = big_blog.test_client().get(f"{api}?per_page=100&cursor=").json
    return {
        "home": "/",
        "page 50": "/?page=50",
        "articles": "/articles",
        "article": f"/articles/{slug}",
        "category": f"/categories/{category}",
        "tag": f"/tags/{tag}",
        "rare tag": f"/tags/{rare}",
        "two tags": f"/tags/{tag},{other}",
        "author": f"/authors/{username}",
        "archive": "/archive",
        "month": f"/archive/{month}",
        "search": "/search?q=server",
        "Chinese search": "/search?q=服务器",
        "rare search": "/search?q=quisto",
        "Atom": "/feed.atom",
        "JSON feed": "/feed.json",
        "part of the sitemap": "/sitemap-1.xml",
        "API cursor": f"{api}?cursor=",
        "API next cursor": f"{api}?cursor={page['next_cursor']}",
        "API post": f"{api}/{post_id}",
        "API author": f"{api}?author={author_id}&cursor=",
        "API tag": f"{api}?tag={tag}&cursor=",
        "API search": "/api/v1/search?q=server",
        "API comments": f"{api}/{post_id}/comments",
    }


KINDS = (
    "home",
    "page 50",
    "articles",
    "article",
    "category",
    "tag",
    "rare tag",
    "two tags",
    "author",
    "archive",
    "month",
    "search",
    "Chinese search",
    "rare search",
    "Atom",
    "JSON feed",
    "part of the sitemap",
    "API cursor",
    "API next cursor",
    "API post",
    "API author",
    "API tag",
    "API search",
    "API comments",
)


@pytest.mark.parametrize("kind", KINDS)
def test_no_page_reads_a_big_table_from_end_to_end(
    big_blog: Flask, paths: dict[str, str], kind: str
) -> None:
    assert full_scans(big_blog, paths[kind]) == []


def test_a_full_scan_would_be_noticed(big_blog: Flask) -> None:
    with big_blog.app_context(), db.engine.connect() as connection:
        plan = plan_of(connection, "SELECT count(*) FROM comments WHERE content = 'x'", {})
        assert any(node["Node Type"] == "Seq Scan" for node in nodes(plan))
