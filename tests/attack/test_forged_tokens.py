"""Forged JSON Web Tokens: none opens the API, and a stolen refresh token is good once at most."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable

from flask import Flask

from app import db
from app.auth import TokenService
from app.models import Role, TokenFamily, User
from app.services import signing
from tests.attack.forgeries import claims, forgeries, signed_by_the_site, token

RACERS = 50
SAMPLE = token({"alg": "HS256"}, claims(1), "key")
TRIED = 2 * len(list(forgeries(1, SAMPLE))) + 2 * len(list(signed_by_the_site(1, "key"))) + RACERS


def opened(app: Flask, tokens: Iterable[tuple[str, str]]) -> list[str]:
    """Return the names of the tokens that open an account, by the API or by a fresh start."""
    client, found = app.test_client(), []
    for name, text in tokens:
        # A header is Latin-1; what is not is what a client would have to send as UTF-8.
        bearer = {"Authorization": f"Bearer {text}".encode().decode("latin-1")}
        answers = [
            client.get("/api/v1/users/me", headers=bearer),
            client.post("/api/v1/auth/refresh", json={"refresh_token": text}),
        ]
        found += [
            f"{name}: {answer.status_code}" for answer in answers if answer.status_code != 401
        ]
    return found


def test_a_forged_token_opens_nothing(app: Flask, make_user: Callable[..., User]) -> None:
    admin, own = make_user(Role.ADMIN), make_user()
    good = TokenService.generate_access_token(own.id)
    assert opened(app, forgeries(admin.id, good)) == []


def test_a_token_with_wrong_claims_opens_nothing_though_its_signature_is_right(
    app: Flask, make_user: Callable[..., User]
) -> None:
    admin, key = make_user(Role.ADMIN), signing.keys()[signing.DERIVED_KEY_ID]
    good = token({"alg": "HS256", "kid": "site"}, claims(admin.id), key)
    assert opened(app, [("good", good)]) == ["good: 200"]
    assert opened(app, signed_by_the_site(admin.id, key)) == []


def test_of_fifty_uses_of_a_refresh_token_at_once_one_wins_and_the_family_ends(
    app: Flask, make_user: Callable[..., User]
) -> None:
    refresh = TokenService.generate_refresh_token(make_user().id)
    db.session.commit()
    answers: Counter[int] = Counter()
    barrier = threading.Barrier(RACERS)
    won: list[str] = []

    def use() -> None:
        client = app.test_client()
        barrier.wait()
        answer = client.post("/api/v1/auth/refresh", json={"refresh_token": refresh})
        answers[answer.status_code] += 1
        won.extend([answer.json["refresh_token"]] if answer.status_code == 200 else [])

    threads = [threading.Thread(target=use) for _ in range(RACERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {200: 1, 401: RACERS - 1}
    assert db.session.scalars(db.select(TokenFamily)).one().revoked_at
    # The winner may have been the thief.
    late = app.test_client().post("/api/v1/auth/refresh", json={"refresh_token": won[0]})
    assert late.status_code == 401


def test_the_list_of_forgeries_is_long() -> None:
    names = [name for name, _ in forgeries(1, SAMPLE)]
    assert len(set(names)) == len(names) >= 200
