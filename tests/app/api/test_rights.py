"""Every route of the API × everyone who may call it × what they call it on."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count, product
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from app import db
from app.access import ROUTES
from app.models import Category, Comment, PersonalToken, Post, Role, Tag, User
from app.models.base import utc_now

from .conftest import Program

Stage = Callable[[str, str], tuple[Program, dict[str, int]]]

CALLERS = (
    *("anonymous", "guest", "author", "other_author"),
    *("editor", "admin", "deactivated", "unverified"),
)
OBJECTS = ("own", "other", "unpublished", "other_unpublished")
SIGNED_IN = ("guest", "author", "other_author", "editor", "admin", "unverified")
WRITERS = ("author", "other_author", "editor", "admin")
EDITORS = ("editor", "admin")
TEXT = {"title": "New", "content": "New."}


@dataclass(frozen=True)
class Operation:
    """How to call a route, and on what; `{post}` and the like are filled in."""

    method: str
    path: str
    body: Any = None
    good: int = 200


def picture() -> dict[str, Any]:
    buffer = io.BytesIO()
    Image.new("RGB", (2, 2)).save(buffer, "PNG")
    buffer.seek(0)
    return {"file": (buffer, "dot.png")}


def text_file() -> dict[str, Any]:
    return {"file": (io.BytesIO(b"Hello."), "hello.txt")}


OPERATIONS = {
    "status": Operation("GET", "/status"),
    "openapi": Operation("GET", "/openapi.json"),
    "list_posts": Operation("GET", "/posts?state=all"),
    "popular_posts": Operation("GET", "/posts/popular"),
    "export_posts": Operation("GET", "/posts.csv"),
    "read_post": Operation("GET", "/posts/{post}"),
    "list_comments": Operation("GET", "/posts/{post}/comments"),
    "read_comment": Operation("GET", "/comments/{comment}"),
    "list_users": Operation("GET", "/users"),
    "read_user": Operation("GET", "/users/{user}"),
    "list_categories": Operation("GET", "/categories"),
    "read_category": Operation("GET", "/categories/{category}"),
    "list_tags": Operation("GET", "/tags"),
    "read_tag": Operation("GET", "/tags/{tag}"),
    "search": Operation("GET", "/search?q=title"),
    "stats": Operation("GET", "/stats"),
    "create_token": Operation("POST", "/auth/token", {"username": "x", "password": "x"}, 401),
    "refresh_token": Operation("POST", "/auth/refresh", {"refresh_token": "x"}, 401),
    "revoke_token": Operation("POST", "/auth/revoke", {"token": "x"}, 204),
    "list_personal_tokens": Operation("GET", "/auth/tokens"),
    "create_personal_token": Operation(
        "POST", "/auth/tokens", {"name": "n", "scopes": ["read"]}, 201
    ),
    "delete_personal_token": Operation("DELETE", "/auth/tokens/{token}", None, 204),
    "read_me": Operation("GET", "/users/me"),
    "update_user": Operation("PATCH", "/users/{user}", {"bio": "New."}),
    "create_comment": Operation("POST", "/posts/{post}/comments", {"content": "New."}, 201),
    "delete_comment": Operation("DELETE", "/comments/{comment}", None, 204),
    "create_post": Operation("POST", "/posts", TEXT, 201),
    "replace_post": Operation("PUT", "/posts/{post}", TEXT),
    "update_post": Operation("PATCH", "/posts/{post}", {"title": "New"}),
    "delete_post": Operation("DELETE", "/posts/{post}", None, 204),
    "upload_image": Operation("POST", "/upload/image", picture, 201),
    "upload_document": Operation("POST", "/upload/document", text_file, 201),
    "waiting_comments": Operation("GET", "/comments/waiting"),
    "update_comment": Operation("PATCH", "/comments/{comment}", {"is_approved": True}),
    "create_category": Operation("POST", "/categories", {"name": "New"}, 201),
    "update_category": Operation("PATCH", "/categories/{category}", {"description": "New"}),
    "delete_category": Operation("DELETE", "/categories/{category}", None, 204),
    "create_tag": Operation("POST", "/tags", {"name": "New"}, 201),
    "update_tag": Operation("PATCH", "/tags/{tag}", {}),
    "delete_tag": Operation("DELETE", "/tags/{tag}", None, 204),
}
# Who may call what, whatever it is called on; not in terms of the code's own table.
ALLOWED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ["list_personal_tokens", "delete_personal_token", "read_me"],
        SIGNED_IN,
    ),
    "create_personal_token": tuple(caller for caller in SIGNED_IN if caller != "unverified"),
    **dict.fromkeys(["create_post", "upload_image", "upload_document"], WRITERS),
    **dict.fromkeys(["waiting_comments", "create_category", "create_tag"], EDITORS),
    **dict.fromkeys(["update_category", "delete_category", "update_tag", "delete_tag"], EDITORS),
}
ON_POSTS = ("replace_post", "update_post", "delete_post")
PUBLIC = (
    *("status", "openapi", "list_posts", "popular_posts", "export_posts", "list_users"),
    *("list_categories", "read_category", "list_tags", "read_tag", "search", "stats"),
    *("create_token", "refresh_token", "revoke_token"),
)


def expected(name: str, caller: str, target: str) -> int:
    """Return the status that the rules give."""
    operation = OPERATIONS[name]
    if caller == "deactivated":
        return 401
    if name in PUBLIC:
        return operation.good
    if name in ALLOWED:
        return refusal(caller) if caller not in ALLOWED[name] else on_own_token(name, target)
    if name in ("read_post", "list_comments"):
        return operation.good if sees(caller, target) else 404
    if name in ON_POSTS:
        return on_post(operation, caller, target)
    if name in ("read_comment", "delete_comment", "update_comment", "create_comment"):
        return on_comment(name, operation, caller, target)
    return on_user(name, operation, caller, target)


def refusal(caller: str) -> int:
    return 401 if caller == "anonymous" else 403


def owns(caller: str, target: str) -> bool:
    """The callers own what is called own; it is made for each of them."""
    return target in ("own", "unpublished") and caller != "anonymous"


def sees(caller: str, target: str) -> bool:
    return target in ("own", "other") or caller in EDITORS or owns(caller, target)


def on_own_token(name: str, target: str) -> int:
    if name == "delete_personal_token" and target.startswith("other"):
        return 404
    return OPERATIONS[name].good


def on_post(operation: Operation, caller: str, target: str) -> int:
    if caller not in WRITERS:
        return refusal(caller)
    if caller in EDITORS or owns(caller, target):
        return operation.good
    return 404 if "unpublished" in target else 403


def on_comment(name: str, operation: Operation, caller: str, target: str) -> int:
    """The comments on what is public are approved, those on drafts wait."""
    if name != "read_comment" and caller == "anonymous":
        return 401
    if name == "update_comment":
        return operation.good if caller in EDITORS else 403
    if name == "create_comment":
        if caller == "unverified":
            # Until the address is confirmed; what cannot be seen is not even refused.
            return 403 if target in ("own", "other") else 404
        return 404 if "unpublished" in target else operation.good
    if not sees(caller, target):
        return 404
    if name == "delete_comment" and not owns(caller, target) and caller not in EDITORS:
        return 403
    return operation.good


def on_user(name: str, operation: Operation, caller: str, target: str) -> int:
    if name == "read_user":
        return operation.good
    if caller == "anonymous":
        return 401
    return operation.good if owns(caller, target) or caller == "admin" else 403


@pytest.fixture
def stage(app: Flask, make_user: Callable[..., User]) -> Stage:
    """Give a function that sets a caller in front of what is called on."""
    app.config["REQUIRE_EMAIL_VERIFICATION"] = True
    roles = {"guest": Role.GUEST, "editor": Role.EDITOR, "admin": Role.ADMIN}
    people = {
        caller: make_user(
            roles.get(caller, Role.AUTHOR),
            is_active=caller != "deactivated",
            email_verified_at=None if caller == "unverified" else utc_now(),
        ).id
        for caller in (*CALLERS, "stranger")
    }
    programs = {
        caller: Program(
            app.test_client(),
            db.session.get(User, people[caller]) if caller != "anonymous" else None,
        )
        for caller in CALLERS
    }
    numbers = count()

    def make(caller: str, target: str) -> tuple[Program, dict[str, int]]:
        number = next(numbers)
        owner = people[caller] if owns(caller, target) else people["stranger"]
        public = "unpublished" not in target
        post = Post(title="A title", content="c", author_id=owner, is_published=public)
        rows = {
            "post": post,
            "comment": Comment(content="c", post=post, author_id=owner, is_approved=public),
            "category": Category(name=f"C{number}"),
            "tag": Tag(name=f"t{number}"),
            "token": PersonalToken(user_id=owner, name="n", token_hash=str(number), rights=1),
        }
        db.session.add_all(rows.values())
        db.session.commit()
        ids = {name: row.id for name, row in rows.items()} | {"user": owner}
        db.session.remove()
        return programs[caller], ids

    return make


def test_the_matrix_names_every_route_of_the_api() -> None:
    routes = {name.removeprefix("api.") for name in ROUTES if name.startswith("api.")}
    assert set(OPERATIONS) == routes


@pytest.mark.parametrize("name", OPERATIONS)
def test_everyone_may_do_what_the_rules_say_and_nothing_else(stage: Stage, name: str) -> None:
    operation = OPERATIONS[name]
    wrong = []
    for caller, target in product(CALLERS, OBJECTS):
        program, ids = stage(caller, target)
        body = operation.body
        options = {"data": body()} if callable(body) else {"json": body} if body is not None else {}
        answer = program(operation.method, operation.path.format(**ids), **options)
        due = expected(name, caller, target)
        if answer.status_code != due:
            wrong.append(f"{caller} on {target}: {answer.status_code}, not {due}: {answer.text}")
        if answer.status_code == 201 and operation.path in ("/categories", "/tags", "/posts"):
            program("DELETE", answer.headers["Location"].removeprefix("/api/v1"))
    assert not wrong, "\n".join(wrong)
