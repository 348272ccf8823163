"""The migrations lead to the tables that the models describe, and back."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import Connection, MetaData, Table, create_engine, func, inspect, select, text
from sqlalchemy.types import TypeEngine

from app import create_app, db
from app.models import Post, User, post_tags
from app.services import seeding

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


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


# What every revision has, from the first on.
CORE = ("users", "posts", "comments", "categories", "tags", "post_tags")
# A row where the generated value would break a check.
FITTING = {
    ("blocks", "kind"): "word",
    ("posts", "published_at"): None,
    ("second_factors", "last_counter"): 0,
}


def fill_every_table() -> None:
    """Have articles with comments, and a row at least in every other table."""
    seeding.seed_blog(posts=20, comments=60, users=20, seed=1)
    tables = MetaData()
    tables.reflect(db.engine)
    with db.engine.begin() as connection:
        for table in tables.sorted_tables:
            if table.name.startswith(("post_search", "alembic")):
                continue
            if connection.scalar(select(func.count()).select_from(table)) == 0:
                connection.execute(table.insert().values(values_for(connection, table)))


def values_for(connection: Connection, table: Table) -> dict[str, object]:
    """Return values for a row of a table, of rows there are where it refers to others."""
    values: dict[str, object] = {}
    for column in table.columns:
        if (table.name, column.name) in FITTING:
            values[column.name] = FITTING[table.name, column.name]
        elif column.foreign_keys:
            other = next(iter(column.foreign_keys)).column
            values[column.name] = connection.scalar(select(other).limit(1))
        elif column is not table.autoincrement_column and column.server_default is None:
            values[column.name] = of_type(column.type)
    return values


def of_type(kind: TypeEngine[Any]) -> object:
    """Return a value of a type."""
    made: dict[type, object] = {
        bool: True,
        int: 1,
        float: 1.0,
        str: "x",
        bytes: b"x",
        dict: {},
        datetime: MOMENT,
        date: date(2026, 1, 1),
    }
    return made[kind.python_type]


def contents() -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of the tables that every revision has, in the columns that all have."""
    with db.engine.connect() as connection:
        found = {}
        for name in CORE:
            columns = [column["name"] for column in inspect(db.engine).get_columns(name)]
            shared = sorted(set(columns) & FIRST_COLUMNS[name])
            rows = connection.execute(text(f"SELECT {', '.join(shared)} FROM {name}"))  # noqa: S608
            found[name] = sorted(map(tuple, rows), key=repr)
        return found


FIRST_COLUMNS = {
    "users": {"id", "username", "email", "role", "is_active"},
    "posts": {"id", "title", "slug", "content", "is_published", "author_id"},
    "comments": {"id", "content", "post_id", "author_id", "parent_id", "is_approved"},
    "categories": {"id", "name", "slug"},
    "tags": {"id", "name", "slug"},
    "post_tags": {"post_id", "tag_id"},
}


def test_each_migration_goes_back_with_data_and_forward_again(empty_app: Flask) -> None:
    upgrade()
    fill_every_table()
    before = contents()
    assert all(before.values())
    scripts = ScriptDirectory(empty_app.extensions["migrate"].directory)
    steps = [script.revision for script in scripts.walk_revisions()]
    for revision in steps[1:]:
        db.session.remove()
        downgrade(revision=revision)
        assert contents() == before, revision
    for revision in reversed(steps[:-1]):
        upgrade(revision=revision)
        assert contents() == before, revision
    assert differences() == []


def test_tags_learn_when_their_posts_were_published(empty_app: Flask) -> None:
    upgrade(revision="0010")
    before = MetaData()
    with db.engine.begin() as connection:
        before.reflect(connection)
        for name in ("users", "categories", "posts", "tags", "post_tags"):
            table = before.tables[name]
            given = {"published_at": MOMENT, "content_format": "html"} if name == "posts" else {}
            connection.execute(table.insert().values(values_for(connection, table) | given))
    upgrade()
    assert db.session.scalars(select(post_tags.c.published_at)).all() == [MOMENT]


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
