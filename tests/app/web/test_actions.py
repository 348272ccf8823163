"""Tests of what visitors do besides reading."""

from collections.abc import Callable
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from app.models import OutboxMessage, Post, db
from app.services import views
from app.services.views import ViewBuffer

Open = Callable[..., BeautifulSoup]

MESSAGE = {"name": "Ada", "email": "ada@example.org", "message": "A question about caches."}
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0"}


@pytest.fixture(autouse=True)
def empty_buffer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "_buffer", ViewBuffer())


def queued() -> list[OutboxMessage]:
    return list(db.session.scalars(db.select(OutboxMessage)))


def test_a_message_reaches_the_owner_by_mail(
    app: Flask, client: FlaskClient, open_page: Open
) -> None:
    app.config["CONTACT_EMAIL"] = "owner@example.org"
    answer = client.post("/contact", data=MESSAGE)
    assert (answer.status_code, answer.location) == (302, "/contact")
    assert open_page("/contact").select_one(".flash").get_text().startswith("Thank you.")
    [mail] = queued()
    assert mail.payload["to"] == "owner@example.org"
    assert mail.payload["reply_to"] == "ada@example.org"
    assert "A question about caches." in mail.payload["text"]


@pytest.mark.parametrize(
    "values", [{"name": ""}, {"email": "nobody"}, {"message": "short"}, {"message": "x" * 5001}]
)
def test_a_faulty_message_is_shown_again_with_what_is_wrong(
    client: FlaskClient, values: dict[str, str]
) -> None:
    answer = client.post("/contact", data=MESSAGE | values)
    page = BeautifulSoup(answer.text, "html.parser")
    assert page.select_one("[aria-invalid]")["name"] in values
    assert page.select_one(".field-faults").get_text(strip=True)
    assert queued() == []


def test_a_robot_that_fills_the_trap_gets_thanks_and_sends_nothing(
    app: Flask, client: FlaskClient
) -> None:
    app.config["CONTACT_EMAIL"] = "owner@example.org"
    answer = client.post("/contact", data=MESSAGE | {"website": "http://spam.example"})
    assert answer.status_code == 302
    assert queued() == []


def test_what_the_service_refuses_is_shown_in_the_form(client: FlaskClient) -> None:
    answer = client.post("/contact", data=MESSAGE, headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    assert "Nobody can receive messages yet." in answer.text
    assert "A question about caches." in answer.text


def test_the_contact_page_is_private_and_its_form_guarded(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app("development")
    client = app.test_client()
    answer = client.get("/contact")
    assert "no-store" in answer.headers["Cache-Control"]
    page = BeautifulSoup(answer.text, "html.parser")
    assert page.select_one("meta[name=csrf-token]")
    assert client.post("/contact", data=MESSAGE).status_code == 400


@pytest.mark.parametrize(("code", "language"), [("zh", "zh-Hans"), ("en", "en")])
def test_the_chosen_language_is_kept(
    client: FlaskClient, open_page: Open, code: str, language: str
) -> None:
    answer = client.get(f"/language/{code}?next=/archive")
    assert (answer.status_code, answer.location) == (302, "/archive")
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert open_page("/", language="fr").html["lang"] == language


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", "/\\evil", "", None])
def test_choosing_a_language_leads_nowhere_else(client: FlaskClient, target: str | None) -> None:
    answer = client.get("/language/zh", query_string={"next": target} if target is not None else {})
    assert answer.location == "/"


def test_an_unknown_language_is_not_found(client: FlaskClient) -> None:
    assert client.get("/language/tlh").status_code == 404


@pytest.fixture
def upload(app: Flask) -> Path:
    folder = Path(app.config["UPLOAD_FOLDER"]) / "2026"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "picture.png"
    path.write_bytes(b"\x89PNG")
    return path


def test_a_stored_file_may_be_kept_for_ever_and_do_nothing(
    upload: Path, client: FlaskClient
) -> None:
    with client.get("/uploads/2026/picture.png") as answer:
        assert (answer.status_code, answer.data) == (200, b"\x89PNG")
        assert answer.content_type == "image/png"
        assert {"public", "immutable", "max-age=31536000"} <= set(
            answer.headers["Cache-Control"].split(", ")
        )
        policy = answer.headers["Content-Security-Policy"]
        assert "sandbox" in policy
        assert "default-src 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


@pytest.mark.parametrize(
    "path", ["../ironpress.db", "%2e%2e/ironpress.db", "2026", "2026/none.png"]
)
def test_nothing_but_stored_files_is_sent(upload: Path, client: FlaskClient, path: str) -> None:
    (upload.parent.parent.parent / "ironpress.db").touch()
    assert client.get(f"/uploads/{path}").status_code == 404


def test_a_view_is_counted_when_the_browser_reports_it(
    client: FlaskClient, open_page: Open, make_post: Callable[..., Post]
) -> None:
    post = make_post()
    address = open_page(post.path).select_one("[data-beacon]")["data-beacon"]
    for _ in range(2):
        answer = client.post(address, headers=BROWSER)
        assert (answer.status_code, answer.data) == (204, b"")
    assert views.flush() == 1
    db.session.refresh(post)
    assert post.view_count == 1


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}, 204),
        ({"User-Agent": ""}, 204),
        (BROWSER | {"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_robots_and_other_sites_do_not_count(
    client: FlaskClient, headers: dict[str, str], status: int
) -> None:
    assert client.post("/beacon/1", headers=headers).status_code == status
    assert views.flush() == 0


@pytest.mark.parametrize("number", ["0", "-1", "2147483648", "9" * 30])
def test_a_number_that_no_article_can_have_is_not_found(client: FlaskClient, number: str) -> None:
    assert client.post(f"/beacon/{number}", headers=BROWSER).status_code == 404


def test_reading_never_writes(
    client: FlaskClient, make_post: Callable[..., Post], count_statements: Callable[..., object]
) -> None:
    post = make_post()
    with count_statements() as statements:  # type: ignore[attr-defined]
        for path in ("/", post.path, "/archive", "/feed.atom", "/search?q=content"):
            client.get(path)
        client.post(f"/beacon/{post.id}", headers=BROWSER)
    assert not [
        sql for sql in statements if not sql.lstrip().upper().startswith(("SELECT", "WITH"))
    ]
