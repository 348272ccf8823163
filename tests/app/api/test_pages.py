"""People read the API's description and try it, under the site's policy."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser

from app import db
from app.auth import TokenService
from app.models import Post, Role, User
from tests.chromium import chromium, served


def test_the_page_shows_every_operation(client: FlaskClient) -> None:
    page = client.get("/api/docs")
    assert page.status_code == 200
    assert "Set-Cookie" not in page.headers
    document = client.get("/api/v1/openapi.json").json
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method != "parameters":
                assert f'id="{operation["operationId"]}"' in page.text
                assert operation["summary"].split("'")[0] in page.text
        assert path in page.text


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give a real browser."""
    with chromium() as browser:
        yield browser


def test_an_article_is_written_from_the_page(threaded_app: Flask, browser: Browser) -> None:
    with threaded_app.app_context():
        user = User(username="trier", email="trier@example.org", role=int(Role.AUTHOR))
        db.session.add(user)
        db.session.commit()
        token = TokenService.generate_access_token(user.id)
    with served(threaded_app) as address:
        page = browser.new_page()
        faults: list[str] = []
        page.on("console", lambda message: faults.append(message.text))
        page.goto(f"{address}/api/docs#create_post")
        page.fill("#api-token", token)
        form = page.locator("#create_post form")
        form.locator("button").click()
        form.locator("output", has_text="201").wait_for()
        page.close()
    assert faults == []
    with threaded_app.app_context():
        assert db.session.scalars(db.select(Post)).one().title == "你好, world"
