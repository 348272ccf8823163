"""Signs and reads the tokens of the API: JWTs of one algorithm, one audience and known keys.

What one machine has signed another may read a while earlier by its own clock: a time that is soon
to come is as good as now, for tokens and for everything that is stamped.
"""

import hashlib
import hmac
import time
from typing import Any

import jwt
from flask import current_app
from itsdangerous import SignatureExpired, TimestampSigner

ALGORITHM = "HS256"
AUDIENCE = "ironpress-api"
# The key made from SECRET_KEY; any other id stands in TOKEN_KEYS.
DERIVED_KEY_ID = "site"
CLAIMS = ["sub", "iat", "exp", "type", "aud"]
# Ours have some 300 characters; nothing longer is worth decoding.
MAX_TOKEN_CHARS = 2000
AHEAD_SECONDS = 15 * 60  # So far two clocks of ours may be apart.


def keys() -> dict[str, str]:
    """Return the accepted keys by their ids; the first one signs."""
    given = [pair.partition("=") for pair in current_app.config["TOKEN_KEYS"].split(",") if pair]
    secret = current_app.config["SECRET_KEY"].encode()
    derived = hmac.new(secret, b"api tokens", hashlib.sha256).hexdigest()
    return {key_id: key for key_id, _, key in given} | {DERIVED_KEY_ID: derived}


def sign(claims: dict[str, Any]) -> str:
    """Return a JWT with these claims, signed by the first key."""
    key_id, key = next(iter(keys().items()))
    return jwt.encode(claims | {"aud": AUDIENCE}, key, algorithm=ALGORITHM, headers={"kid": key_id})


def read(token: str) -> dict[str, Any] | None:
    """Return the claims of a token of ours that has not expired; None for anything else."""
    if len(token) > MAX_TOKEN_CHARS:
        return None
    try:
        key = keys()[jwt.get_unverified_header(token)["kid"]]
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            options={"require": CLAIMS, "verify_iat": False},
        )
        int(claims["sub"])
        if not isinstance(claims["iat"], int) or claims["iat"] > time.time() + AHEAD_SECONDS:
            return None
    # A header can be any JSON: of another type, or nested until the parser gives up.
    except (jwt.InvalidTokenError, KeyError, TypeError, ValueError, RecursionError):
        return None
    return claims


class Stamper(TimestampSigner):
    """Signs with the time, and reads stamps of clocks that are ahead as well."""

    def unsign(
        self, signed_value: str | bytes, max_age: int | None = None, return_timestamp: bool = False
    ) -> Any:
        """Return what was signed, with the time or without.

        Raises `BadSignature` for what is not ours, or older than `max_age` (s).
        """
        value, stamped_at = super().unsign(signed_value, return_timestamp=True)
        age = self.get_timestamp() - stamped_at.timestamp()
        if max_age is not None and not -AHEAD_SECONDS <= age <= max_age:
            raise SignatureExpired("not of this time", payload=value, date_signed=stamped_at)
        return (value, stamped_at) if return_timestamp else value
