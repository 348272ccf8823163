"""The library of files as authors and editors see it."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from app.extensions import db
from app.models import Role, Upload, User
from tests.conftest import PASSWORD

LogIn = Callable[..., FlaskClient]


@pytest.fixture
def desk(app: Flask, tmp_path: Path, make_user: Callable[..., User], log_in: LogIn) -> FlaskClient:
    app.config["UPLOAD_FOLDER"] = tmp_path
    return log_in(make_user())


def png() -> io.BytesIO:
    output = io.BytesIO()
    Image.new("RGB", (700, 300), "red").save(output, "PNG")
    output.seek(0)
    return output


def send(desk: FlaskClient, data: io.BytesIO, name: str) -> Upload | None:
    desk.post("/desk/media", data={"file": (data, name)})
    return db.session.scalars(select(Upload).order_by(Upload.id.desc())).first()


def test_a_picture_is_sent_described_and_deleted_by_forms(desk: FlaskClient) -> None:
    upload = send(desk, png(), "cat.png")
    assert upload
    desk.post(f"/desk/media/{upload.id}", data={"alt": "A cat", "next": "/desk/media?q=cat"})
    page = BeautifulSoup(desk.get("/desk/media?q=cat").text, "html.parser")
    assert page.select_one(".media-markdown")["value"] == f"![A cat](/uploads/{upload.path})"
    assert page.select_one(".media-thumb img")["src"].endswith("-320.webp")
    answer = desk.post(f"/desk/media/{upload.id}/delete", data={"next": "/desk/media?q=cat"})
    assert answer.location == "/desk/media?q=cat"
    assert "There is nothing here yet" in desk.get("/desk/media").text


def test_a_document_is_sent_and_only_ever_saved(desk: FlaskClient, client: FlaskClient) -> None:
    upload = send(desk, io.BytesIO(b"%PDF-1.7 <script>"), "Plan 计划.pdf")
    assert upload
    answer = client.get(f"/uploads/{upload.path}")
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert "Plan" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_a_wrong_file_is_refused_with_a_sentence(desk: FlaskClient) -> None:
    assert send(desk, io.BytesIO(b"MZ"), "virus.exe") is None
    assert "not a PNG, JPEG, GIF or WebP" in desk.get("/desk/media").text
    desk.post("/desk/media")
    assert "Choose a file first" in desk.get("/desk/media").text


def test_a_picture_comes_under_the_text_without_a_script(desk: FlaskClient) -> None:
    form = {"title": "T", "content": "Text", "picture": (png(), "cat.png")}
    answer = desk.post("/desk/posts/picture", data=form)
    upload = db.session.scalars(select(Upload)).one()
    text = BeautifulSoup(answer.text, "html.parser").select_one("#text").get_text().strip()
    assert text == f"Text\n\n![](/uploads/{upload.path})"
    answer = desk.post("/desk/posts/picture", data={"content": "Text"})
    assert answer.status_code == 422
    assert "Choose a picture first" in answer.text
    assert ">\nText" in answer.text.replace("\r", "")


def test_only_editors_clean_up(
    desk: FlaskClient, make_user: Callable[..., User], log_in: LogIn
) -> None:
    assert desk.post("/desk/media/clean").status_code == 403
    editor = log_in(make_user(Role.EDITOR))
    assert editor.post("/desk/media/clean").location == "/desk/media"
    assert "0 files are deleted" in editor.get("/desk/media").text


def test_a_page_may_send_documents_as_large_as_they_may_be(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app()
    app.config["WTF_CSRF_ENABLED"] = True
    with app.app_context():
        user = User(username="ann", email="ann@example.org", role=int(Role.AUTHOR))
        user.set_password(PASSWORD)
        db.session.add(user)
        db.session.commit()
    browser = app.test_client()

    def token() -> str:
        page = BeautifulSoup(browser.get("/auth/login?next=/desk/").text, "html.parser")
        found = page.select_one("meta[name=csrf-token]") or page.select_one("[name=csrf_token]")
        assert found
        return str(found.get("content") or found["value"])

    login = {"username": "ann", "password": PASSWORD, "csrf_token": token()}
    assert browser.post("/auth/login", data=login).status_code == 302
    desk = BeautifulSoup(browser.get("/desk/").text, "html.parser")
    headers = {"X-CSRFToken": str(desk.select_one("meta[name=csrf-token]")["content"])}
    for path, size, status in (("document", 17, 201), ("document", 21, 413), ("image", 17, 413)):
        file = (io.BytesIO(b"x" * size * 2**20), "a.txt")
        with browser.post(f"/upload/{path}", data={"file": file}, headers=headers) as answer:
            assert answer.status_code == status, answer.text
            # The body was written to a file for the test, which nobody else closes.
            answer.request.environ["wsgi.input"].close()
