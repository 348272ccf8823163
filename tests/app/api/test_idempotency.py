"""A request that is sent again is carried out once and answered as the first time."""

import io
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from app import db
from app.auth import TokenService
from app.models import Comment, IdempotencyKey, Post, Role, User
from app.models.base import utc_now
from app.services import idempotency

from .conftest import Program

Make = Callable[..., Program]
MakeUser = Callable[..., User]
KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
ARTICLE = {"title": "Once", "content": "c"}


def count(kind: type[Any]) -> int:
    return db.session.scalar(db.select(db.func.count()).select_from(kind)) or 0


def test_the_same_key_and_body_answer_the_first_result(program: Make, make_user: MakeUser) -> None:
    ann = program(make_user())
    first = ann.post("/posts", json=ARTICLE, headers=KEY)
    ann.patch(f"/posts/{first.json['id']}", json={"title": "Changed"})
    again = ann.post("/posts", json=ARTICLE, headers=KEY)
    assert again.status_code == first.status_code == 201
    assert again.json == first.json
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert count(Post) == 1


def test_the_same_key_with_another_body_is_refused(program: Make, make_user: MakeUser) -> None:
    ann = program(make_user())
    ann.post("/posts", json=ARTICLE, headers=KEY)
    other = ann.post("/posts", json=ARTICLE | {"title": "Other"}, headers=KEY)
    elsewhere = ann.post("/posts/1/comments", json=ARTICLE, headers=KEY)
    for answer in (other, elsewhere):
        assert answer.status_code == 422
        assert list(answer.json["errors"]) == ["Idempotency-Key"]
    assert count(Post) == 1


def test_two_users_may_have_the_same_key(program: Make, make_user: MakeUser) -> None:
    assert program(make_user()).post("/posts", json=ARTICLE, headers=KEY).status_code == 201
    assert program(make_user()).post("/posts", json=ARTICLE, headers=KEY).status_code == 201
    assert count(Post) == 2


def test_what_was_refused_may_be_corrected_under_the_same_key(
    program: Make, make_user: MakeUser
) -> None:
    ann = program(make_user())
    assert ann.post("/posts", json={"title": ""}, headers=KEY).status_code == 422
    assert ann.post("/posts", json=ARTICLE, headers=KEY).status_code == 201


@pytest.mark.parametrize("key", ["", "ä", "a b", "x" * 256])
def test_a_key_has_a_form(program: Make, make_user: MakeUser, key: str) -> None:
    answer = program(make_user()).post("/posts", json=ARTICLE, headers={"Idempotency-Key": key})
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == ["Idempotency-Key"]


def test_a_key_is_forgotten_after_a_day(program: Make, make_user: MakeUser) -> None:
    ann = program(make_user())
    ann.post("/posts", json=ARTICLE, headers=KEY)
    db.session.execute(
        db.update(IdempotencyKey).values(created_at=utc_now() - idempotency.KEPT * 1.1)
    )
    db.session.commit()
    assert ann.post("/posts", json=ARTICLE | {"title": "Next"}, headers=KEY).status_code == 201
    assert count(IdempotencyKey) == 1


def test_comments_topics_and_files_are_made_once_too(
    program: Make, make_user: MakeUser, make_post: Callable[..., Post]
) -> None:
    editor = program(make_user(Role.EDITOR))
    post = make_post()
    pixels = io.BytesIO()
    Image.new("RGB", (3, 3)).save(pixels, "PNG")
    requests: dict[str, Callable[[], dict[str, Any]]] = {
        f"/posts/{post.id}/comments": lambda: {"json": {"content": "c"}},
        "/categories": lambda: {"json": {"name": "C"}},
        "/tags": lambda: {"json": {"name": "t"}},
        "/upload/image": lambda: {"data": {"file": (io.BytesIO(pixels.getvalue()), "dot.png")}},
        "/upload/document": lambda: {"data": {"file": (io.BytesIO(b"Hi."), "hi.txt")}},
    }
    for number, (path, options) in enumerate(requests.items()):
        key = {"Idempotency-Key": f"key-{number}"}
        first = editor.post(path, headers=key, **options())
        again = editor.post(path, headers=key, **options())
        assert (first.status_code, again.status_code) == (201, 201), (path, first.text)
        assert again.json == first.json
        assert again.headers["Idempotent-Replayed"] == "true"
    other = editor.post(
        "/upload/document",
        headers={"Idempotency-Key": "key-4"},
        data={"file": (io.BytesIO(b"Other."), "hi.txt")},
    )
    assert other.status_code == 422


def test_a_request_that_had_nothing_to_add_is_remembered_too(
    program: Make, make_user: MakeUser, make_post: Callable[..., Post]
) -> None:
    ann, post = program(make_user()), make_post()
    path = f"/posts/{post.id}/comments"
    first = ann.post(path, json={"content": "c"})
    twin = ann.post(path, json={"content": "c"}, headers=KEY)
    again = ann.post(path, json={"content": "c"}, headers=KEY)
    assert first.json["id"] == twin.json["id"] == again.json["id"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert count(Comment) == 1


@pytest.fixture
def crash(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Give a function that makes the process die, as far as a request can tell, at a moment."""

    class Killed(BaseException):
        pass

    def arrange(moment: str) -> None:
        def die(*_: Any, **__: Any) -> None:
            raise Killed

        monkeypatch.setattr(moment, die)

    arrange.error = Killed  # type: ignore[attr-defined]
    yield arrange
    monkeypatch.undo()


@pytest.mark.parametrize(
    ("moment", "made"),
    [
        # Before the article is committed, and just after.
        ("app.services.publishing.schedule_refresh", False),
        ("app.api.views.posts.described", None),
        ("app.services.site.touch", True),
    ],
)
def test_after_a_crash_the_request_is_carried_out_once(
    program: Make,
    make_user: MakeUser,
    crash: Any,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
    made: bool | None,
) -> None:
    ann = program(make_user())
    article = ARTICLE | {"is_published": True}
    crash(moment)
    with pytest.raises(crash.error):
        ann.post("/posts", json=article, headers=KEY)
    db.session.rollback()
    if made is not None:
        assert count(Post) == int(made)
    monkeypatch.undo()
    monkeypatch.setattr(idempotency, "LEASE", timedelta(0))
    again = ann.post("/posts", json=article, headers=KEY)
    assert again.status_code == 201
    assert count(Post) == 1
    assert ann.get(again.headers["Location"].removeprefix("/api/v1")).status_code == 200


def test_a_request_that_takes_too_long_is_told_of_to_the_next(
    program: Make, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = make_user()
    ann = program(user)
    ann.post("/posts", json=ARTICLE, headers=KEY)
    db.session.execute(db.update(IdempotencyKey).values(status=None))
    db.session.commit()
    monkeypatch.setattr(idempotency, "WAIT_SECONDS", 0.01)
    answer = ann.post("/posts", json=ARTICLE, headers=KEY)
    assert answer.status_code == 409
    assert count(Post) == 1


def test_who_lost_a_claim_writes_nothing(
    program: Make, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = program(make_user())
    build = idempotency.complete

    def late(claimed: idempotency.Claim, answer: idempotency.Answer) -> None:
        db.session.execute(db.update(IdempotencyKey).values(lease="someone else's"))
        build(claimed, answer)

    monkeypatch.setattr(idempotency, "complete", late)
    assert ann.post("/posts", json=ARTICLE, headers=KEY).status_code == 409
    assert count(Post) == 0


def test_fifty_at_once_make_one_article_and_all_get_its_answer(threaded_app: Flask) -> None:
    with threaded_app.app_context():
        user = User(username="many", email="many@example.org", role=int(Role.AUTHOR))
        db.session.add(user)
        db.session.commit()
        token = TokenService.generate_access_token(user.id)
    headers = {"Authorization": f"Bearer {token}"} | KEY
    answers: list[tuple[int, str]] = []
    barrier = threading.Barrier(50)

    def send() -> None:
        client = threaded_app.test_client()
        barrier.wait()
        answer = client.post("/api/v1/posts", json=ARTICLE, headers=headers)
        answers.append((answer.status_code, answer.text))

    threads = [threading.Thread(target=send) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {status for status, _ in answers} == {201}
    assert len({text.strip() for _, text in answers}) == 1
    with threaded_app.app_context():
        assert count(Post) == 1
