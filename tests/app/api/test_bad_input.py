"""Whatever is sent, the answer is a 4xx that names the field, never a 500."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.models import Post, Role, User

from .conftest import Program

Make = Callable[..., Program]
MakeUser = Callable[..., User]
GOOD = {"title": "t", "content": "c"}
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def ann(program: Make, make_user: MakeUser) -> Program:
    return program(make_user())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", 1),
        ("title", None),
        ("title", ""),
        ("title", "   "),
        ("title", "\u200b\ufeff"),
        ("title", "x" * 201),
        ("title", ["t"]),
        ("title", {"a": 1}),
        ("title", "a\0b"),
        ("title", "a\ud800b"),
        ("content", ""),
        ("content", "\0"),
        ("content", "\udfff"),
        ("content", "x" * 500_001),
        ("summary", "s" * 501),
        ("summary", "\0"),
        ("slug", "Not A Slug"),
        ("slug", "x" * 201),
        ("slug", "-a"),
        ("language", "not a language"),
        ("language", "abc-12345678-12345678"),
        ("category_id", "1"),
        ("category_id", 0),
        ("category_id", -1),
        ("category_id", 1.5),
        ("category_id", True),
        ("category_id", 2**31),
        ("category_id", 10**30),
        ("category_id", 1e308),
        ("category_id", 999),
        ("tags", "flask"),
        ("tags", ["x" * 51]),
        ("tags", [""]),
        ("tags", ["a,b"]),
        ("tags", ["###"]),
        ("tags", [1]),
        ("tags", ["a\0"]),
        ("tags", [str(number) for number in range(21)]),
        ("is_published", "true"),
        ("is_published", 1),
        ("is_published", None),
        ("published_at", "tomorrow"),
        ("published_at", "2026-13-01T00:00:00Z"),
        ("published_at", "2026-02-30T00:00:00Z"),
        ("published_at", "2026-01-01T00:00:00"),
        ("published_at", "9999-12-31T23:59:59-23:59"),
        ("published_at", "0001-01-01T00:00:00+23:59"),
        ("published_at", 1795420966),
        ("unknown", 1),
        ("id", 1),
        ("author_id", 1),
        ("is_admin", True),
        ("\ud800", 1),
    ],
)
def test_a_value_that_cannot_be_accepted_is_refused_by_name(
    ann: Program, field: str, value: Any
) -> None:
    answer = ann.post("/posts", data=json.dumps(GOOD | {field: value}), headers=JSON)
    assert answer.status_code == 422, answer.text
    assert all(name.split(".")[0] == field for name in answer.json["errors"]), answer.json
    assert answer.json["errors"]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"", 400, None),
        (b"not json", 400, None),
        (b'{"title": "t"', 400, None),
        (b'{"title": NaN, "content": "c"}', 400, None),
        (b'{"title": Infinity, "content": "c"}', 400, None),
        (b'\xff\xfe{"title": "t"}', 400, None),
        (b'\xef\xbb\xbf{"title": "t"}', 400, None),
        (b'{"title": "\xc3", "content": "c"}', 400, None),
        (b'{"title": "raw \x00 nul", "content": "c"}', 400, None),
        (b"[" * 100_000, 400, None),
        (b"[" * 100_000 + b"]" * 100_000, 400, None),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, 400, None),
        (b'{"title": ' + b"9" * 100_000 + b', "content": "c"}', 400, None),
        (b'{"title": "a", "title": "b", "content": "c"}', 422, "title"),
        (b'{"title": "a", "content": "c", "tags": [{"x": 1, "x": 2}]}', 422, "x"),
        (b'{"title": ' + b"[" * 500 + b"]" * 500 + b', "content": "c"}', 422, "title"),
        (b'{"title": 1e999, "content": "c"}', 422, "title"),
        (b"[]", 422, "body"),
        (b"null", 422, "body"),
        (b'"text"', 422, "body"),
        (b"1", 422, "body"),
        (b'{"title": "' + b"x" * (16 * 2**20) + b'"}', 413, None),
    ],
)
def test_a_body_that_is_no_good_json_object_is_refused(
    ann: Program, body: bytes, status: int, field: str | None
) -> None:
    answer = ann.post("/posts", data=body, headers=JSON)
    assert answer.status_code == status, answer.text[:300]
    assert list(answer.json["errors"]) == ([field] if field else [])


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 201),
        ("application/json; charset=utf-8", 201),
        (None, 201),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/xml", 415),
        ("application/jsonp", 415),
    ],
)
def test_only_json_is_taken_for_json(ann: Program, kind: str | None, status: int) -> None:
    headers = {"Content-Type": kind} if kind else {}
    answer = ann.post("/posts", data=json.dumps(GOOD), headers=headers)
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=x", "page"),
        ("page=1.5", "page"),
        ("page=1e3", "page"),
        ("page=10001", "page"),
        (f"page={10**30}", "page"),
        (f"page={'9' * 5000}", "page"),
        ("page=%D9%A3", "page"),
        ("page=1&page=2", "page"),
        ("page=", "page"),
        ("per_page=101", "per_page"),
        ("sort=password_hash", "sort"),
        ("sort=title;drop", "sort"),
        ("state=secret", "state"),
        (f"author={2**63}", "author"),
        ("category=%00", "category"),
        ("tag=%00", "tag"),
        (f"tag={'x' * 300}", "tag"),
        ("language=%00", "language"),
        ("published_after=yesterday", "published_after"),
        ("cursor=%00", "cursor"),
        (f"cursor={'x' * 2000}", "cursor"),
        ("fields=", "fields"),
        ("fields=title,nothing", "fields"),
        ("unknown=1", "unknown"),
    ],
)
def test_an_argument_that_cannot_be_accepted_is_refused_by_name(
    program: Make, query: str, field: str
) -> None:
    answer = program().get(f"/posts?{query}")
    assert answer.status_code == 422, answer.text
    assert list(answer.json["errors"]) == [field]


@pytest.mark.parametrize("q", ["%00", "%F0%9F", "%ED%A0%80", "'", "%22", "*", "a" * 200, "(", ""])
def test_any_words_may_be_looked_for(program: Make, q: str) -> None:
    answer = program().get(f"/search?q={q}")
    assert answer.status_code == (422 if q == "%00" else 200), answer.text


def test_broken_bytes_in_an_address_are_no_failure(program: Make) -> None:
    for path in ("/posts?category=%FF%FE", "/posts/%FF", "/%ED%A0%80", "/posts?%00=1"):
        assert 200 <= program().get(path).status_code < 500, path


@pytest.mark.parametrize("value", ["1", '"', 'W/"x', "**", "\x7f", "é", '"1", x'])
def test_a_condition_that_is_no_entity_tag_is_refused_by_name(
    ann: Program, make_post: Callable[..., Post], value: str
) -> None:
    created = ann.post("/posts", json=GOOD)
    answer = ann.patch(
        created.headers["Location"].removeprefix("/api/v1"),
        json={"title": "u"},
        headers={"If-Match": value},
    )
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == ["If-Match"]


any_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)
WRITES = [
    ("POST", "/posts"),
    ("PATCH", "/posts/{post}"),
    ("PUT", "/posts/{post}"),
    ("POST", "/posts/{post}/comments"),
    ("PATCH", "/users/{user}"),
    ("POST", "/categories"),
    ("POST", "/tags"),
    ("POST", "/auth/token"),
    ("POST", "/auth/refresh"),
    ("POST", "/auth/revoke"),
    ("POST", "/auth/tokens"),
]
FIELDS = [
    *("title", "content", "summary", "slug", "tags", "category_id", "published_at", "language"),
    *("is_published", "parent_id", "nickname", "bio", "avatar_url", "role", "is_active", "name"),
    *("description", "username", "password", "refresh_token", "token", "scopes", "expires_at"),
]


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_no_json_at_all_breaks_anything(
    program: Make, make_user: MakeUser, make_post: Callable[..., Post], method: str, path: str
) -> None:
    admin = make_user(Role.ADMIN)
    path = path.format(post=make_post(admin).id, user=make_user().id)
    caller = program(admin)

    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(any_json | st.dictionaries(st.sampled_from(FIELDS), any_json, max_size=6))
    def send(body: Any) -> None:
        answer = caller(method, path, data=json.dumps(body), headers=JSON)
        assert answer.status_code < 500, answer.text

    send()
