"""The migrations lead to the tables that the models describe, and back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import create_engine, inspect, text

from app import create_app, db
from app.models import Post, User


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """Give an application on an empty database without tables."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        server = request.getfixturevalue("postgresql_url").replace("://", "+psycopg2://", 1)
        with create_engine(server, isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text("DROP DATABASE IF EXISTS migrations"))
            connection.execute(text("CREATE DATABASE migrations"))
        url = server.replace("/postgres?", "/migrations?")
    app = create_app("testing", database_url=url, data_dir=tmp_path)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def differences() -> list[object]:
    """Return what the models have that the database has not, or the other way round."""
    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_object": lambda _, name, kind, *__: (
                    not (kind == "table" and name.startswith(("post_search", "alembic")))
                ),
            },
        )
        return list(compare_metadata(context, db.metadata))


def test_the_migrated_schema_is_the_one_of_the_models(empty_app: Flask) -> None:
    upgrade()
    assert differences() == []


def test_the_search_index_is_the_same_as_the_models_make(empty_app: Flask) -> None:
    upgrade()
    migrated = search_index()
    downgrade(revision="base")
    db.create_all()
    assert search_index() == migrated
    db.drop_all()


def search_index() -> list[tuple[str, ...]]:
    """Return how the database describes the search index."""
    described = {
        "sqlite": "SELECT name, sql FROM sqlite_master WHERE name LIKE 'post_search%'",
        "postgresql": "SELECT column_name, data_type FROM information_schema.columns"
        " WHERE table_name = 'post_search' UNION ALL"
        " SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'post_search'",
    }
    with db.engine.connect() as connection:
        rows = connection.execute(text(described[connection.dialect.name]))
        return sorted(tuple(row) for row in rows)


def test_a_migrated_database_takes_and_finds_an_article(empty_app: Flask) -> None:
    upgrade()
    author = User(username="writer", email="writer@example.org")
    author.set_password("Correct-Horse-7")
    db.session.add(author)
    db.session.flush()
    db.session.add(Post(title="你好 world", content="x", author_id=author.id, is_published=True))
    db.session.commit()
    assert db.session.scalar(text("SELECT count(*) FROM post_search")) == 1


def test_down_leaves_nothing_and_up_again_works(empty_app: Flask) -> None:
    upgrade()
    downgrade(revision="base")
    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
    upgrade()
    assert differences() == []


def test_checks_live_in_the_database(empty_app: Flask) -> None:
    upgrade()
    inspector = inspect(db.engine)
    assert {check["name"] for check in inspector.get_check_constraints("posts")} >= {
        "ck_posts_published_at",
        "ck_posts_view_count",
    }
    assert {key["referred_table"] for key in inspector.get_foreign_keys("comments")} == {
        "posts",
        "users",
        "comments",
    }


def test_a_release_before_leaves_a_later_schema_as_it_is(empty_app: Flask) -> None:
    with empty_app.app_context():
        upgrade()
        db.session.execute(text("UPDATE alembic_version SET version_num = 'later'"))
        db.session.commit()
        upgrade()
        assert db.session.scalar(text("SELECT version_num FROM alembic_version")) == "later"
