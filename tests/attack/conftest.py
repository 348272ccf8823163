"""The application as it is attacked: on PostgreSQL and Redis, its forms protected."""

from collections.abc import Callable, Iterator

import psycopg2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import make_url

from app import create_app, db
from app.extensions import limiter
from app.models import User
from tests.conftest import PASSWORD, Browser, empty_tables


@pytest.fixture(scope="session")
def attacked_app(
    postgresql_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """Build the application on a database of its own; the other tests' one is emptied by them."""
    connection = psycopg2.connect(postgresql_url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE attacked")
    connection.close()
    app = create_app(
        "testing",
        database_url=make_url(postgresql_url).set(database="attacked").render_as_string(False),
        redis_url=redis_url,
        data_dir=tmp_path_factory.mktemp("attacked"),
    )
    app.test_client_class = Browser
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with app.app_context():
        db.create_all()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def app(attacked_app: Flask) -> Iterator[Flask]:
    """Give the application with empty tables; its settings are put back afterwards."""
    settings = dict(attacked_app.config)
    limiter.enabled = False  # It is one for every application, some of which count.
    with attacked_app.app_context():
        yield attacked_app
        db.session.rollback()
        db.session.remove()
        empty_tables()
    attacked_app.config.clear()
    attacked_app.config.update(settings)


@pytest.fixture
def sign_in(app: Flask) -> Callable[[User], FlaskClient]:
    """Give a function that opens a browser in which a user is signed in."""

    def sign(user: User, password: str = PASSWORD) -> FlaskClient:
        browser = app.test_client()
        protected, app.config["WTF_CSRF_ENABLED"] = app.config["WTF_CSRF_ENABLED"], False
        answer = browser.post("/auth/login", data={"username": user.username, "password": password})
        app.config["WTF_CSRF_ENABLED"] = protected
        assert answer.status_code == 302, answer.text
        return browser

    return sign
