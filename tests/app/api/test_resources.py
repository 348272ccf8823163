"""Comments, people, categories, tags, files, search, numbers and the export."""

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from app import db
from app.models import Category, Comment, Post, Role, Tag, User
from app.services import post_table
from app.services.post_table import safe

from .conftest import Program

Make = Callable[..., Program]
MakeUser = Callable[..., User]
MakePost = Callable[..., Post]
MakeComment = Callable[..., Comment]


def test_a_comment_waits_is_approved_and_answered(
    program: Make, make_user: MakeUser, make_post: MakePost
) -> None:
    reader, editor, post = make_user(Role.GUEST), program(make_user(Role.EDITOR)), make_post()
    path = f"/posts/{post.id}/comments"
    waiting = program(reader).post(path, json={"content": "First **!**"})
    assert waiting.status_code == 201
    assert not waiting.json["is_approved"]
    assert program().get(path).json["total"] == 0
    assert program(reader).get(path).json["total"] == 1
    assert program().get(f"/comments/{waiting.json['id']}").status_code == 404
    assert editor.get("/comments/waiting").json["items"][0]["id"] == waiting.json["id"]
    approved = editor.patch(f"/comments/{waiting.json['id']}", json={"is_approved": True})
    assert approved.json["is_approved"]
    assert editor.get("/comments/waiting").json["total"] == 0
    reply = editor.post(path, json={"content": "Thanks.", "parent_id": waiting.json["id"]})
    assert reply.json["parent_id"] == waiting.json["id"]
    assert [item["id"] for item in program().get(path).json["items"]] == [
        waiting.json["id"],
        reply.json["id"],
    ]
    editor.patch(f"/comments/{waiting.json['id']}", json={"is_approved": False})
    assert program().get(path).json["total"] == 1


def test_a_reply_to_what_is_gone_is_refused_by_name(
    program: Make, make_user: MakeUser, make_post: MakePost
) -> None:
    answer = program(make_user()).post(
        f"/posts/{make_post().id}/comments", json={"content": "c", "parent_id": 999}
    )
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == ["parent_id"]


def test_a_comment_is_taken_back(
    program: Make, make_user: MakeUser, make_post: MakePost, make_comment: MakeComment
) -> None:
    writer = make_user()
    comment = make_comment(make_post(), writer)
    path = f"/comments/{comment.id}"
    assert program(make_user()).delete(path).status_code == 403
    assert program(writer).delete(path).status_code == 204
    assert program(writer).delete(path).status_code == 404
    assert program().get(path).status_code == 404


def test_an_address_is_shown_to_its_owner_and_to_admins_only(
    program: Make, make_user: MakeUser
) -> None:
    ann, admin = make_user(), make_user(Role.ADMIN)
    path = f"/users/{ann.id}"
    private = {"email", "role", "is_active", "is_verified"}
    assert program(ann).get(path).json["email"] == ann.email
    assert program(ann).get("/users/me").json["role"] == "author"
    assert program(admin).get(path).json["email"] == ann.email
    for stranger in (program(), program(make_user(Role.EDITOR))):
        assert not private & set(stranger.get(path).json)
    listed = program(ann).get("/users").json["items"]
    assert [item["id"] for item in listed if "email" in item] == [ann.id]
    assert all("email" in item for item in program(admin).get("/users").json["items"])


def test_a_profile_is_changed_by_its_owner(program: Make, make_user: MakeUser) -> None:
    ann = make_user(nickname="Old", bio="Kept.")
    answer = program(ann).patch(f"/users/{ann.id}", json={"nickname": "安"})
    assert (answer.json["nickname"], answer.json["bio"]) == ("安", "Kept.")
    etag = program(ann).get("/users/me").headers["ETag"]
    program(ann).patch(f"/users/{ann.id}", json={"bio": None}, headers={"If-Match": etag})
    late = program(ann).patch(f"/users/{ann.id}", json={"bio": "x"}, headers={"If-Match": etag})
    assert late.status_code == 412
    assert program(ann).get("/users/me").json["bio"] is None
    bad = program(ann).patch(f"/users/{ann.id}", json={"avatar_url": "javascript:alert(1)"})
    assert list(bad.json["errors"]) == ["avatar_url"]


def test_admins_change_roles_but_not_their_own(program: Make, make_user: MakeUser) -> None:
    admin, ann = make_user(Role.ADMIN), make_user()
    path = f"/users/{ann.id}"
    assert program(ann).patch(path, json={"role": "admin"}).status_code == 403
    assert program(admin).patch(path, json={"role": "editor"}).json["role"] == "editor"
    assert program(admin).patch(path, json={"is_active": False}).json["is_active"] is False
    assert program(ann).get("/users/me").status_code == 401
    assert program().get(path).status_code == 404
    own = program(admin).patch(f"/users/{admin.id}", json={"role": "guest"})
    assert own.status_code == 409
    assert program(make_user()).patch("/users/99999", json={}).status_code == 404


@pytest.mark.parametrize(("kind", "model"), [("categories", Category), ("tags", Tag)])
def test_editors_keep_categories_and_tags(
    program: Make, make_user: MakeUser, kind: str, model: type[Any]
) -> None:
    editor = program(make_user(Role.EDITOR))
    made = editor.post(f"/{kind}", json={"name": "编程 入门"})
    assert made.status_code == 201
    assert made.json["slug"] == "bian-cheng-ru-men"
    path = made.headers["Location"].removeprefix("/api/v1")
    assert program().get(path).json == made.json
    for taken in ({"name": "编程  入门"}, {"name": "Other", "slug": made.json["slug"]}):
        assert editor.post(f"/{kind}", json=taken).status_code == 409
    etag = program().get(path).headers["ETag"]
    changed = editor.patch(path, json={"name": "Code"}, headers={"If-Match": etag})
    assert changed.json["name"] == "Code"
    assert editor.patch(path, json={"name": "X"}, headers={"If-Match": etag}).status_code == 412
    assert editor.delete(path, headers={"If-Match": etag}).status_code == 412
    assert editor.patch(path, json={"name": "code"}).status_code == 200
    assert program().get(f"/{kind}").json["total"] == 1
    assert editor.delete(path).status_code == 204
    assert program().get(path).status_code == 404
    assert db.session.scalar(db.select(db.func.count()).select_from(model)) == 0


def test_an_article_outlives_its_category_and_tags(program: Make, make_user: MakeUser) -> None:
    editor = program(make_user(Role.EDITOR))
    category = editor.post("/categories", json={"name": "News", "description": "d"}).json
    post = editor.post(
        "/posts",
        json={"title": "t", "content": "c", "category_id": category["id"], "tags": ["x"]},
    ).json
    assert post["category"] == {"id": category["id"], "name": "News", "slug": "news"}
    assert editor.delete(f"/categories/{category['id']}").status_code == 204
    assert editor.delete(f"/tags/{post['tags'][0]['id']}").status_code == 204
    left = editor.get(f"/posts/{post['id']}").json
    assert (left["category"], left["tags"]) == (None, [])


def test_articles_are_found_by_their_words(
    program: Make, make_user: MakeUser, make_post: MakePost
) -> None:
    author = make_user()
    make_post(author, title="Flask", content="A small framework for the web.")
    make_post(author, title="Draft", content="framework", is_published=False)
    page = program().get("/search?q=framework").json
    assert page["total"] == 1
    assert page["items"][0]["title"] == "Flask"
    assert "framework" in page["items"][0]["snippet"]
    assert page["items"][0]["author"]["id"] == author.id


def test_articles_are_counted_by_month(program: Make, make_post: MakePost) -> None:
    for month in (1, 1, 3):
        make_post(published_at=datetime(2026, month, 5, tzinfo=UTC))
    make_post(is_published=False)
    assert program().get("/stats").json == {
        "posts": 3,
        "months": [{"month": "2026-03", "posts": 1}, {"month": "2026-01", "posts": 2}],
    }


def picture(kind: str = "PNG", size: tuple[int, int] = (4, 3)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "red").save(buffer, kind)
    return buffer.getvalue()


def archive(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return buffer.getvalue()


COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512
DOCUMENTS = {
    "a.pdf": b"%PDF-1.7\n",
    "a.doc": COMPOUND + "WordDocument".encode("utf-16-le"),
    "a.xls": COMPOUND + "Workbook".encode("utf-16-le"),
    "a.docx": archive("[Content_Types].xml", "word/document.xml"),
    "a.xlsx": archive("[Content_Types].xml", "xl/workbook.xml"),
    "中文.txt": "你好".encode(),
}


@pytest.mark.parametrize("prefix", ["/api/v1", ""])
def test_a_picture_is_kept_and_served(
    app: Flask, program: Make, make_user: MakeUser, prefix: str
) -> None:
    ann = program(make_user())
    answer = ann.client.post(
        f"{prefix}/upload/image",
        data={"file": (io.BytesIO(picture()), "cat.png")},
        headers={"Authorization": f"Bearer {ann.token}"},
    )
    assert answer.status_code == 201
    assert {"message", "filename", "url", "size"} <= set(answer.json)
    assert answer.json["filename"] == "cat.png"
    with ann.client.get(answer.json["url"]) as served:
        assert served.mimetype == "image/png"
        assert len(served.data) == answer.json["size"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_kept_and_served(program: Make, make_user: MakeUser, name: str) -> None:
    ann = program(make_user())
    for _ in range(2):
        answer = ann.post("/upload/document", data={"file": (io.BytesIO(DOCUMENTS[name]), name)})
        assert answer.status_code == 201, answer.text
    assert answer.json["filename"] == name
    with ann.client.get(answer.json["url"]) as served:
        assert served.data == DOCUMENTS[name]


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("image", {}),
        ("image", {"file": "a text, no file"}),
        ("image", {"file": (io.BytesIO(b""), "")}),
        ("image", {"file": (io.BytesIO(b"no picture"), "cat.png")}),
        ("image", {"file": (io.BytesIO(b"<svg onload=alert(1)>"), "cat.svg")}),
        ("image", {"file": (io.BytesIO(b"\x89PNG" + b"x" * (5 * 2**20)), "cat.png")}),
        ("document", {"file": (io.BytesIO(b"MZ"), "virus.exe")}),
        ("document", {"file": (io.BytesIO(b"MZ"), "virus.pdf")}),
        ("document", {"file": (io.BytesIO(b"MZ"), "noextension")}),
        ("document", {"file": (io.BytesIO(b"<html>\0"), "page.txt")}),
        ("document", {"file": (io.BytesIO(b"\xff\xfe"), "page.txt")}),
        ("document", {"file": (io.BytesIO(b"PK\x03\x04broken"), "a.docx")}),
        ("document", {"file": (io.BytesIO(archive("word/document.xml")), "a.xlsx")}),
        ("document", {"file": (io.BytesIO(COMPOUND), "a.doc")}),
        ("document", {"file": (io.BytesIO(DOCUMENTS["a.doc"]), "a.xls")}),
    ],
)
def test_what_is_no_such_file_is_refused(
    program: Make, make_user: MakeUser, path: str, data: dict[str, Any]
) -> None:
    data = {
        name: (io.BytesIO(value[0].getvalue()), value[1]) if isinstance(value, tuple) else value
        for name, value in data.items()
    }
    answer = program(make_user()).post(f"/upload/{path}", data=data)
    assert answer.status_code == 400, answer.text
    assert list(answer.json["errors"]) == ["file"]


def test_a_document_may_be_larger_than_a_request_otherwise(
    app: Flask, program: Make, make_user: MakeUser
) -> None:
    ann = program(make_user())
    for megabytes, path, status in (
        (18, "document", 201),
        (18, "image", 413),
        (20, "document", 201),
        (22, "document", 413),
    ):
        data = {"file": (io.BytesIO(b"x" * (megabytes * 2**20)), "large.txt")}
        assert ann.post(f"/upload/{path}", data=data).status_code == status, (megabytes, path)
    app.config["MAX_DOCUMENT_BYTES"] = 10
    answer = ann.post("/upload/document", data={"file": (io.BytesIO(b"x" * 11), "a.txt")})
    assert answer.status_code == 400


def test_a_name_cannot_lead_out_of_the_folder(
    app: Flask, program: Make, make_user: MakeUser
) -> None:
    ann = program(make_user())
    data = {"file": (io.BytesIO(b"Hi."), "../../../etc/evil.txt")}
    answer = ann.post("/upload/document", data=data)
    assert answer.json["filename"] == "evil.txt"
    stored = Path(app.config["UPLOAD_FOLDER"]) / answer.json["url"].removeprefix("/uploads/")
    assert stored.read_bytes() == b"Hi."


def test_public_articles_are_exported_as_a_table(
    program: Make, make_user: MakeUser, make_post: MakePost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post_table, "BATCH", 2)
    author = make_user(nickname="=cmd|' /C calc'!A0")
    for number in range(5):
        make_post(author, title=f'=1+{number}, "quoted"\n编程')
    make_post(author, title="Draft", is_published=False)
    answer = program(author).get("/posts.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "posts.csv" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 5
    assert rows[3]["title"] == '\'=1+3, "quoted"\n编程'
    assert rows[3]["author"] == "'=cmd|' /C calc'!A0"


def test_tags_of_an_article_share_a_cell(program: Make, make_user: MakeUser) -> None:
    body = {"title": "t", "content": "c", "tags": ["b", "a"], "is_published": True}
    program(make_user()).post("/posts", json=body)
    rows = list(csv.DictReader(io.StringIO(program().get("/posts.csv").text)))
    assert rows[0]["tags"] == "a, b"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", " =", "＝", "＋", "－", "＠"])
def test_a_cell_is_never_a_formula(start: str) -> None:
    assert safe(f"{start}1") == f"'{start}1"
    assert safe("plain") == "plain"
    assert safe(-1) == -1
