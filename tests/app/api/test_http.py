"""HTTP is done properly: conditions, negotiation, methods, limits, origins, caches."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from app import db
from app.models import Post, Role, User

from .conftest import Program

Make = Callable[..., Program]
MakeUser = Callable[..., User]
MakePost = Callable[..., Post]
MakeApp = Callable[..., Flask]


def test_what_the_client_has_already_is_not_sent_again(
    program: Make, make_user: MakeUser, make_post: MakePost
) -> None:
    author = make_user()
    post = make_post(author)
    for path in ("/posts", f"/posts/{post.id}", f"/users/{author.id}", "/stats", "/openapi.json"):
        first = program().get(path)
        again = program().get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 304, path
        assert again.data == b""
        assert again.headers["ETag"] == first.headers["ETag"]
    etag = program().get(f"/posts/{post.id}").headers["ETag"]
    program(author).patch(f"/posts/{post.id}", json={"title": "New"})
    answer = program().get(f"/posts/{post.id}", headers={"If-None-Match": etag})
    assert answer.status_code == 200


def test_public_answers_may_be_kept_for_a_moment_and_personal_ones_never(
    program: Make, make_user: MakeUser, make_post: MakePost
) -> None:
    author = make_user()
    path = f"/posts/{make_post(author).id}"
    public = program().get(path)
    assert public.headers["Cache-Control"] == "public, max-age=10"
    assert "Set-Cookie" not in public.headers
    assert {"Authorization", "Cookie"} <= set(public.vary)
    assert program(author).get(path).headers["Cache-Control"] == "private, no-store"
    assert program().get("/posts/999999").headers["Cache-Control"] == "no-store"
    assert program(author).patch(path, json={}).headers["Cache-Control"] == "no-store"


def test_head_answers_like_get_without_a_body(
    program: Make, make_user: MakeUser, make_post: MakePost
) -> None:
    post = make_post(make_user())
    for path in ("/posts", f"/posts/{post.id}", "/posts.csv", "/status"):
        head, get = program()("HEAD", path), program().get(path)
        assert head.status_code == 200
        assert head.data == b""
        for name in ("Content-Type", "ETag", "Cache-Control"):
            assert head.headers.get(name) == get.headers.get(name), (path, name)


def test_options_says_what_an_address_can_do_without_a_token(program: Make) -> None:
    answer = program()("OPTIONS", "/posts/1")
    assert answer.status_code == 200
    assert set(answer.allow) == {"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"}
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_another_method_is_refused_with_those_that_are_allowed(program: Make) -> None:
    answer = program().delete("/posts")
    assert answer.status_code == 405
    assert set(answer.allow) == {"GET", "HEAD", "POST", "OPTIONS"}
    assert answer.json["status"] == 405


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "application/json;q=0"])
def test_a_client_that_accepts_no_json_is_told_so_in_json(program: Make, accept: str) -> None:
    answer = program().get("/posts", headers={"Accept": accept})
    assert answer.status_code == 406
    assert answer.json["status"] == 406


@pytest.mark.parametrize("accept", ["*/*", "application/*", "text/html, application/json;q=0.1"])
def test_a_client_that_accepts_json_among_others_gets_it(program: Make, accept: str) -> None:
    assert program().get("/posts", headers={"Accept": accept}).status_code == 200


def test_csv_is_offered_as_csv_only(program: Make) -> None:
    assert program().get("/posts.csv", headers={"Accept": "text/csv"}).status_code == 200
    answer = program().get("/posts.csv", headers={"Accept": "application/json"})
    assert answer.status_code == 406


def test_chinese_in_an_address_is_percent_encoded(program: Make, make_user: MakeUser) -> None:
    ann = program(make_user())
    ann.post(
        "/posts",
        json={"title": "甲", "content": "编程入门", "tags": ["编程"], "is_published": True},
    )
    found = program().get(f"/search?q={quote('编程')}&per_page=1")
    assert found.json["total"] == 1
    assert quote("编程") in found.headers["Link"]
    assert found.headers["Link"].isascii()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/posts/0", 404),
        ("GET", "/posts/99999999999999999999", 404),
        ("GET", f"/posts/{'9' * 5000}", 404),
        ("GET", "/posts/1%00", 404),
        ("DELETE", "/posts/2147483648", 404),
        ("GET", "/%00", 404),
        ("POST", "/posts", 401),
        ("PUT", "/posts", 405),
        ("GET", "/posts?page=0", 422),
    ],
)
def test_every_error_has_the_same_shape_and_a_request_id(
    program: Make, method: str, path: str, status: int
) -> None:
    answer = program()(method, path)
    assert answer.status_code == status
    assert answer.mimetype == "application/json"
    assert set(answer.json) == {"error", "status", "request_id", "errors"}
    assert answer.json["status"] == status
    assert answer.json["request_id"] == answer.headers["X-Request-ID"]


def test_a_failure_inside_shows_nothing_of_the_inside(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app()
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def fail() -> list[object]:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr("app.services.reading.count_months", fail)
    answer = app.test_client().get("/api/v1/stats")
    assert answer.status_code == 500
    assert answer.json["errors"] == {}
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


def test_a_limit_is_told_and_kept(make_app: MakeApp) -> None:
    client = make_app(rate_limits_enabled=True).test_client()
    answer = client.get("/api/v1/status")
    assert answer.headers["RateLimit-Policy"] == '"api";q=600;w=60'
    assert answer.headers["RateLimit"].startswith('"api";r=599;t=')
    for _ in range(10):
        answer = client.post("/api/v1/auth/token", json={"username": "x", "password": "y"})
        assert answer.status_code == 401
    answer = client.post("/api/v1/auth/token", json={"username": "x", "password": "y"})
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 61
    assert answer.json["status"] == 429
    assert "per 1 minute" not in answer.json["error"]


def test_pages_and_programs_share_the_limit_of_logins(make_app: MakeApp) -> None:
    client = make_app(rate_limits_enabled=True).test_client()
    for _ in range(10):
        client.post("/auth/login", data={"username": "x", "password": "y"})
    answer = client.post("/api/v1/auth/token", json={"username": "x", "password": "y"})
    assert answer.status_code == 429


def test_no_page_of_another_origin_may_call_unless_it_is_named(make_app: MakeApp) -> None:
    origin = {"Origin": "https://app.example.org"}
    ask = origin | {"Access-Control-Request-Method": "POST"}
    closed = make_app().test_client()
    assert "Access-Control-Allow-Origin" not in closed.get("/api/v1/posts", headers=origin).headers
    client = make_app(cors_origins="https://app.example.org, http://localhost:3000").test_client()
    answer = client.get("/api/v1/posts", headers=origin)
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example.org"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "ETag" in answer.headers["Access-Control-Expose-Headers"]
    assert "Origin" in answer.vary
    preflight = client.options("/api/v1/posts", headers=ask)
    assert preflight.status_code == 200
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    assert "Authorization" in preflight.headers["Access-Control-Allow-Headers"]
    missing = client.get("/api/v1/nothing", headers=origin)
    assert missing.headers["Access-Control-Allow-Origin"] == "https://app.example.org"
    stranger = client.get("/api/v1/posts", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in stranger.headers
    assert "Access-Control-Allow-Origin" not in client.get("/", headers=origin).headers
    everyone = make_app(cors_origins="*").test_client().get("/api/v1/posts", headers=origin)
    assert everyone.headers["Access-Control-Allow-Origin"] == "*"


def test_a_session_reads_and_writes_only_with_the_form_token(make_app: MakeApp, app: Flask) -> None:
    site = make_app()
    site.config["WTF_CSRF_ENABLED"] = True
    with site.app_context():
        user = User(username="ann", email="ann@example.org", role=int(Role.AUTHOR))
        user.set_password("Correct-Horse-7")
        db.session.add(user)
        db.session.commit()
    client = site.test_client()
    page = client.get("/auth/login").text
    token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    answer = client.post(
        "/auth/login", data={"username": "ann", "password": "Correct-Horse-7", "csrf_token": token}
    )
    assert answer.status_code == 302
    assert client.get("/api/v1/users/me").json["username"] == "ann"
    article = {"title": "t", "content": "c"}
    assert client.post("/api/v1/posts", json=article).status_code == 400
    page = client.get("/auth/profile").text
    token = page.split('name="csrf-token" content="')[1].split('"')[0]
    answer = client.post("/api/v1/posts", json=article, headers={"X-CSRFToken": token})
    assert answer.status_code == 201


def test_a_token_opens_no_page(program: Make, make_user: MakeUser) -> None:
    ann = program(make_user())
    answer = ann.client.get("/desk/", headers={"Authorization": f"Bearer {ann.token}"})
    assert answer.status_code in (302, 401)


def test_without_the_database_the_answer_is_503_and_says_when_to_come_back(
    program: Make, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = program(make_user())

    def fail(_: str) -> None:
        raise OperationalError("SELECT secret", {}, Exception("refused"))

    monkeypatch.setattr("app.caller.authenticate_bearer", fail)
    answer = ann.get("/posts")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert set(answer.json) == {"error", "status", "request_id", "errors"}
    assert "secret" not in answer.text
