"""Defences of the API's tokens."""

import time
from collections.abc import Callable
from typing import Any

import jwt

from app.auth import TokenService
from app.services import signing, tokens
from tests.attack.defences.scene import Row, Scene, ends_nothing, without
from tests.attack.forgeries import claims, token


def opens(scene: Scene, text: str) -> bool:
    bearer = {"Authorization": f"Bearer {text}"}
    return scene.app.test_client().get("/api/v1/users/me", headers=bearer).status_code == 200


def forge_a_signature(scene: Scene) -> bool:
    return opens(scene, token({"alg": "HS256", "kid": "site"}, claims(scene.ann.id), "x"))


def for_another_audience(scene: Scene) -> bool:
    other = claims(scene.ann.id) | {"aud": "elsewhere"}
    return opens(scene, token({"alg": "HS256", "kid": "site"}, other, signing.keys()["site"]))


def an_expired_one(scene: Scene) -> bool:
    old = claims(scene.ann.id) | {"exp": int(time.time()) - 60}
    return opens(scene, token({"alg": "HS256", "kid": "site"}, old, signing.keys()["site"]))


def refresh_for_access(scene: Scene) -> bool:
    return opens(scene, TokenService.generate_refresh_token(scene.ann.id))


def replay_a_refresh(scene: Scene) -> bool:
    text = TokenService.generate_refresh_token(scene.ann.id)
    assert tokens.refresh(token=text)
    return tokens.refresh(token=text) is not None


real_decode = jwt.decode


def careless(**changes: bool) -> Callable[..., Any]:
    """Return a decoder of tokens that leaves checks out."""

    def decode(text: str, key: str, *, algorithms: list[str], **options: Any) -> Any:
        options["options"] = options.get("options", {}) | changes
        return real_decode(text, key, algorithms=algorithms, **options)

    return decode


DEFENCES = {
    "signed tokens": Row(
        forge_a_signature, without(signing.jwt, "decode", careless(verify_signature=False))
    ),
    "audience of tokens": Row(
        for_another_audience, without(signing.jwt, "decode", careless(verify_aud=False))
    ),
    "life of tokens": Row(
        an_expired_one, without(signing.jwt, "decode", careless(verify_exp=False))
    ),
    "kinds of tokens": Row(refresh_for_access, without(tokens, "ACCESS", "refresh")),
    "refresh tokens are used up": Row(replay_a_refresh, without(tokens, "advance", ends_nothing)),
}
