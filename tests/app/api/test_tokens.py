"""Tokens open the API as long as they are good, and never longer."""

import base64
import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from flask import Flask

from app import db
from app.auth import TokenService
from app.models import PersonalToken, Post, Role, TokenFamily, User
from app.services import credentials, signing

from .conftest import Program

Make = Callable[..., Program]
PASSWORD = "Correct-Horse-7"
MakeUser = Callable[..., User]


def log_in(program: Make, user: User) -> dict[str, Any]:
    answer = program().post("/auth/token", json={"username": user.username, "password": PASSWORD})
    assert answer.status_code == 200
    return answer.json


def opens(program: Make, token: str) -> bool:
    status = program(token=token).get("/users/me").status_code
    assert status in (200, 401)
    return status == 200


def forged(app: Flask, user: User, **changes: Any) -> str:
    now = int(time.time())
    claims = {
        "sub": str(user.id),
        "iat": now,
        "exp": now + 60,
        "type": "access",
        "aud": signing.AUDIENCE,
        "fam": "f" * 32,
        "epoch": 0,
    }
    header = {"kid": changes.pop("kid", signing.DERIVED_KEY_ID)}
    key = changes.pop("key", signing.keys()[signing.DERIVED_KEY_ID])
    algorithm = changes.pop("alg", "HS256")
    claims = {name: value for name, value in (claims | changes).items() if value is not None}
    return jwt.encode(claims, key, algorithm=algorithm, headers=header)


def test_a_login_gives_tokens_with_the_promised_claims_and_lives(
    program: Make, make_user: MakeUser
) -> None:
    user = make_user()
    given = log_in(program, user)
    assert given["token_type"] == "Bearer"
    access = TokenService.decode_token(given["access_token"])
    refresh = TokenService.decode_token(given["refresh_token"])
    assert access
    assert refresh
    assert (access["sub"], access["type"]) == (str(user.id), "access")
    assert access["exp"] - access["iat"] == given["expires_in"] == 3600
    assert (refresh["sub"], refresh["type"]) == (str(user.id), "refresh")
    assert refresh["exp"] - refresh["iat"] == 30 * 24 * 3600
    assert opens(program, given["access_token"])
    assert not opens(program, given["refresh_token"])


@pytest.mark.parametrize("body", [{"password": "wrong"}, {"username": "nobody"}])
def test_a_failed_login_does_not_say_what_was_wrong(
    program: Make, make_user: MakeUser, body: dict[str, str]
) -> None:
    good = {"username": make_user().username, "password": PASSWORD}
    answer = program().post("/auth/token", json=good | body)
    assert answer.status_code == 401
    assert answer.json["error"] == "The name or the password is wrong."
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_service_makes_and_reads_tokens_by_number(make_user: MakeUser) -> None:
    user = make_user()
    access = TokenService.generate_access_token(user.id)
    refresh = TokenService.generate_refresh_token(user.id)
    assert TokenService.decode_token(access)["type"] == "access"  # type: ignore[index]
    assert TokenService.decode_token(refresh)["type"] == "refresh"  # type: ignore[index]
    assert TokenService.decode_token("nonsense") is None
    assert TokenService.decode_token(access[:-2]) is None


def test_forged_tokens_open_nothing(app: Flask, program: Make, make_user: MakeUser) -> None:
    user = make_user()
    assert opens(program, forged(app, user))
    for changes in (
        {"exp": int(time.time()) - 10},
        {"exp": None},
        {"type": "refresh"},
        {"type": None},
        {"aud": "somewhere-else"},
        {"aud": None},
        {"sub": "999999"},
        {"sub": "x"},
        {"epoch": 1},
        {"kid": "unknown"},
        {"kid": "../../etc/passwd"},
        {"key": "another-key-of-at-least-32-characters"},
        {"alg": "HS512"},
        {"alg": "none", "key": None},
    ):
        assert not opens(program, forged(app, user, **changes)), changes


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer a.b.c",
        "Bearer é",
        f"Bearer {'x' * 10_000}",
        f"Bearer {base64.urlsafe_b64encode(b'[' * 1400).decode()}.e30.e30",
        f"Bearer {base64.urlsafe_b64encode(json.dumps({'kid': []}).encode()).decode()}.e30.e30",
        "Bearer ironpress_x",
        "Basic YTpi",
        "Token x",
    ],
)
def test_what_is_no_token_is_refused_even_where_none_is_needed(program: Make, value: str) -> None:
    answer = program().get("/posts", headers={"Authorization": value})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_refresh_token_is_good_once(program: Make, make_user: MakeUser) -> None:
    first = log_in(program, make_user())
    second = program().post("/auth/refresh", json={"refresh_token": first["refresh_token"]})
    assert second.status_code == 200
    third = program().post("/auth/refresh", json={"refresh_token": second.json["refresh_token"]})
    assert third.status_code == 200
    assert opens(program, third.json["access_token"])


def test_a_replayed_refresh_token_revokes_its_whole_family(
    program: Make, make_user: MakeUser
) -> None:
    user = make_user()
    first, other_login = log_in(program, user), log_in(program, user)
    second = program().post("/auth/refresh", json={"refresh_token": first["refresh_token"]}).json
    replay = program().post("/auth/refresh", json={"refresh_token": first["refresh_token"]})
    assert replay.status_code == 401
    late = program().post("/auth/refresh", json={"refresh_token": second["refresh_token"]})
    assert late.status_code == 401
    assert not opens(program, first["access_token"])
    assert not opens(program, second["access_token"])
    assert TokenService.decode_token(second["access_token"]) is None
    assert TokenService.decode_token(second["refresh_token"]) is None
    assert opens(program, other_login["access_token"])


def test_of_twenty_uses_at_once_one_wins_and_then_none_is_good(
    threaded_app: Flask, make_user: MakeUser
) -> None:
    with threaded_app.app_context():
        user = User(username="racer", email="racer@example.org", role=int(Role.AUTHOR))
        db.session.add(user)
        db.session.commit()
        token = TokenService.generate_refresh_token(user.id)
    statuses: list[int] = []
    barrier = threading.Barrier(20)

    def use() -> None:
        client = threaded_app.test_client()
        barrier.wait()
        answer = client.post("/api/v1/auth/refresh", json={"refresh_token": token})
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=use) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [401] * 19
    with threaded_app.app_context():
        assert db.session.scalars(db.select(TokenFamily)).one().revoked_at


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_revoking_either_token_ends_the_login(
    program: Make, make_user: MakeUser, kind: str
) -> None:
    given = log_in(program, make_user())
    assert program().post("/auth/revoke", json={"token": given[kind]}).status_code == 204
    assert not opens(program, given["access_token"])
    refreshed = program().post("/auth/refresh", json={"refresh_token": given["refresh_token"]})
    assert refreshed.status_code == 401
    assert program().post("/auth/revoke", json={"token": given[kind]}).status_code == 204
    assert program().post("/auth/revoke", json={"token": "nonsense"}).status_code == 204


def test_a_revoked_token_stays_revoked_when_every_cache_is_empty(
    make_app: Callable[..., Flask], redis_url: str, make_user: MakeUser
) -> None:
    import redis

    app = make_app(redis_url=redis_url)
    with app.app_context():
        user = User(username="ann", email="ann@example.org", role=int(Role.AUTHOR))
        db.session.add(user)
        db.session.commit()
        token = TokenService.generate_access_token(user.id)
    client = app.test_client()
    client.post("/api/v1/auth/revoke", json={"token": token})
    redis.Redis.from_url(redis_url).flushall()
    answer = client.get("/api/v1/users/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


def test_a_new_password_and_the_end_of_all_sessions_end_tokens_too(
    program: Make, make_user: MakeUser
) -> None:
    user = make_user()
    given = log_in(program, user)
    credentials.end_sessions(user=user)
    assert not opens(program, given["access_token"])
    refreshed = program().post("/auth/refresh", json={"refresh_token": given["refresh_token"]})
    assert refreshed.status_code == 401


def test_a_closed_account_opens_nothing(program: Make, make_user: MakeUser) -> None:
    user = make_user()
    given = log_in(program, user)
    user.is_active = False
    db.session.commit()
    assert not opens(program, given["access_token"])
    refreshed = program().post("/auth/refresh", json={"refresh_token": given["refresh_token"]})
    assert refreshed.status_code == 401
    assert (
        program()
        .post("/auth/token", json={"username": user.username, "password": PASSWORD})
        .status_code
        == 401
    )


def test_keys_are_rotated_without_logging_anyone_out(
    app: Flask, program: Make, make_user: MakeUser
) -> None:
    user = make_user()
    before = TokenService.generate_access_token(user.id)
    app.config["TOKEN_KEYS"] = f"2026={'a' * 32}"
    during = TokenService.generate_access_token(user.id)
    assert jwt.get_unverified_header(during)["kid"] == "2026"
    app.config["TOKEN_KEYS"] = f"2027={'b' * 32},2026={'a' * 32}"
    after = TokenService.generate_access_token(user.id)
    assert jwt.get_unverified_header(after)["kid"] == "2027"
    assert all(opens(program, token) for token in (before, during, after))
    app.config["TOKEN_KEYS"] = f"2027={'b' * 32}"
    assert not opens(program, during)
    assert opens(program, after)


def test_families_that_have_expired_are_forgotten(program: Make, make_user: MakeUser) -> None:
    user = make_user()
    past = datetime.now(UTC) - timedelta(days=1)
    db.session.add(TokenFamily(id="old", user_id=user.id, expires_at=past))
    db.session.commit()
    given = log_in(program, user)
    program().post("/auth/refresh", json={"refresh_token": given["refresh_token"]})
    assert "old" not in db.session.scalars(db.select(TokenFamily.id)).all()


def test_a_personal_token_has_some_of_the_rights_of_its_owner(
    program: Make, make_user: MakeUser, make_post: Callable[..., Post]
) -> None:
    user = make_user()
    draft = make_post(user, is_published=False)
    made = program(user).post("/auth/tokens", json={"name": "CI", "scopes": ["read", "create"]})
    assert made.status_code == 201
    assert made.json["scopes"] == ["read", "create"]
    script = program(token=made.json["token"])
    assert script.get(f"/posts/{draft.id}").status_code == 200
    written = script.post("/posts", json={"title": "t", "content": "c"})
    assert written.status_code == 201
    path = f"/posts/{written.json['id']}"
    assert script.patch(path, json={"title": "u"}).status_code == 403
    assert script.delete(path).status_code == 403
    assert script.patch(f"/users/{user.id}", json={"bio": "x"}).status_code == 403
    assert program(user).delete(path).status_code == 204


def test_a_personal_token_that_reads_writes_nothing(
    program: Make, make_user: MakeUser, make_post: Callable[..., Post]
) -> None:
    user = make_user(Role.ADMIN)
    post = make_post(user)
    made = program(user).post("/auth/tokens", json={"name": "r", "scopes": ["read"]}).json
    script = program(token=made["token"])
    comment = script.post(f"/posts/{post.id}/comments", json={"content": "c"})
    assert comment.status_code == 403
    assert script.get("/comments/waiting").status_code == 403
    assert script.get("/users/me").json["email"] == user.email
    assert "email" not in script.get(f"/users/{make_user().id}").json


def test_a_personal_token_makes_no_other(program: Make, make_user: MakeUser) -> None:
    user = make_user()
    scopes = ["read", "create", "update", "delete"]
    made = program(user).post("/auth/tokens", json={"name": "a", "scopes": scopes}).json
    script = program(token=made["token"])
    answer = script.post("/auth/tokens", json={"name": "b", "scopes": ["admin"]})
    assert answer.status_code == 403
    assert script.delete(f"/auth/tokens/{made['id']}").status_code == 403


def test_the_text_of_a_personal_token_is_shown_once_and_stored_nowhere(
    program: Make, make_user: MakeUser
) -> None:
    user = make_user()
    made = program(user).post("/auth/tokens", json={"name": "CI", "scopes": ["read"]}).json
    listed = program(user).get("/auth/tokens").json["items"]
    assert [(item["id"], item["last_used_at"]) for item in listed] == [(made["id"], None)]
    assert "token" not in listed[0]
    row = db.session.get(PersonalToken, made["id"])
    assert row
    assert made["token"] not in str(vars(row))
    program(token=made["token"]).get("/users/me")
    assert program(user).get("/auth/tokens").json["items"][0]["last_used_at"]


def test_a_personal_token_ends(program: Make, make_user: MakeUser) -> None:
    user = make_user()
    soon = (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="seconds")
    for end in ("expire", "delete", "revoke", "deactivate"):
        body = {"name": "CI", "scopes": ["read"], "expires_at": soon}
        made = program(user).post("/auth/tokens", json=body).json
        assert opens(program, made["token"])
        if end == "expire":
            row = db.session.get(PersonalToken, made["id"])
            assert row
            row.expires_at = datetime.now(UTC) - timedelta(seconds=1)
            db.session.commit()
        elif end == "delete":
            program(user).delete(f"/auth/tokens/{made['id']}")
        elif end == "revoke":
            program().post("/auth/revoke", json={"token": made["token"]})
        else:
            user.is_active = False
            db.session.commit()
        assert not opens(program, made["token"]), end
    past = {"name": "CI", "scopes": ["read"], "expires_at": "2020-01-01T00:00:00Z"}
    assert program(make_user()).post("/auth/tokens", json=past).status_code == 422


def test_nobody_has_more_personal_tokens_than_can_be_overlooked(
    program: Make, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.personal_tokens.MAX_TOKENS", 1)
    ann = program(make_user())
    body = {"name": "CI", "scopes": ["read"]}
    assert ann.post("/auth/tokens", json=body).status_code == 201
    assert ann.post("/auth/tokens", json=body).status_code == 403
