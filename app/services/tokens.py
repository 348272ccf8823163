"""Tokens that programs show instead of a password: access, refresh, and personal ones.

A login gives an access token (a JWT, good for an hour) and a refresh token, which is the first of
a family: each use gives the next generation. Whoever shows an older generation has a copy that
somebody else has used already, so the whole family is revoked, its access tokens included. What
is revoked stands in the database and nowhere else.
"""

import secrets
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from app.extensions import db
from app.models import TokenFamily, User
from app.models.base import utc_now
from app.services import signing
from app.services.personal_tokens import PREFIX, find_personal_token, revoke_personal_token

ACCESS, REFRESH = "access", "refresh"


@dataclass(frozen=True)
class TokenPair:
    """What a login or a refresh gives; `expires_in` is the life of the access token (s)."""

    access_token: str
    refresh_token: str
    expires_in: int


class TokenService:
    """Makes and reads tokens."""

    @staticmethod
    def generate_access_token(user_id: int) -> str:
        """Return a new access token of a user."""
        return sign_access(user_id, family=new_id(), epoch=epoch_of(user_id))

    @staticmethod
    def generate_refresh_token(user_id: int) -> str:
        """Return the first refresh token of a new family."""
        return sign_refresh(user_id, family=new_id(), epoch=epoch_of(user_id), generation=0)

    @staticmethod
    def decode_token(token: str) -> dict[str, Any] | None:
        """Return the claims of a token; None when it is forged, expired or revoked."""
        claims = signing.read(token)
        if claims is None or claims.get("type") not in (ACCESS, REFRESH):
            return None
        family = db.session.get(TokenFamily, str(claims.get("fam")), populate_existing=True)
        if family is None:
            return claims
        outdated = claims["type"] == REFRESH and claims.get("gen") != family.generation
        return None if family.revoked_at or outdated else claims


def issue(*, user: User) -> TokenPair:
    """Return the tokens of a new login."""
    return pair(user, family=new_id(), generation=0)


def refresh(*, token: str) -> TokenPair | None:
    """Exchange a refresh token for a new pair; None when it is not good (any more).

    A token that was used before revokes its family, also when both uses come at once.
    """
    claims = signing.read(token)
    if claims is None or claims.get("type") != REFRESH:
        return None
    family, generation = claims.get("fam"), claims.get("gen")
    user = live_user(claims)
    if user is None or not (isinstance(family, str) and isinstance(generation, int)):
        return None
    if not advance(user.id, family, generation):
        revoke_family(user.id, family)
        return None
    return pair(user, family=family, generation=generation + 1)


def advance(user_id: int, family: str, generation: int) -> bool:
    """Use up a generation; False when that was done before, or the family is revoked."""
    forget_expired(user_id)
    expires = utc_now() + refresh_life()
    if generation == 0:
        return add_family(TokenFamily(id=family, user_id=user_id, generation=1, expires_at=expires))
    moved = db.session.execute(
        update(TokenFamily)
        .where(
            TokenFamily.id == family,
            TokenFamily.generation == generation,
            TokenFamily.revoked_at.is_(None),
        )
        .values(generation=generation + 1, expires_at=expires)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    return bool(moved.rowcount)  # type: ignore[attr-defined]  # An UPDATE gives a CursorResult.


def add_family(family: TokenFamily) -> bool:
    """Store a family; False when there is one with this id."""
    db.session.add(family)
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        return False
    return True


def revoke(*, token: str) -> None:
    """Make a token worthless: with its family, or alone if it is a personal one.

    What is no token of ours, or no good any more, is left alone.
    """
    if token.startswith(PREFIX):
        revoke_personal_token(token)
        return
    claims = signing.read(token)
    if claims and (user := live_user(claims)):
        revoke_family(user.id, str(claims["fam"]))


def revoke_family(user_id: int, family: str) -> None:
    """Revoke every token of a family, those of its first generation included."""
    now = utc_now()
    row = TokenFamily(
        id=family, user_id=user_id, generation=0, expires_at=now + refresh_life(), revoked_at=now
    )
    if add_family(row):
        return
    db.session.execute(
        update(TokenFamily)
        .where(TokenFamily.id == family)
        .values(revoked_at=now)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()


def authenticate_bearer(token: str) -> User | None:
    """Return whom a bearer token speaks for, with the rights it grants; None for a bad one."""
    if token.startswith(PREFIX):
        return find_personal_token(token)
    claims = signing.read(token)
    if claims is None or claims.get("type") != ACCESS:
        return None
    user = live_user(claims)
    if user is not None:
        user.granted = type(user).granted
    return user


def live_user(claims: dict[str, Any]) -> User | None:
    """Return the active user of a token whose family and epoch are still good; one statement."""
    found = db.session.execute(
        select(User, TokenFamily.revoked_at)
        .outerjoin(TokenFamily, TokenFamily.id == str(claims.get("fam")))
        .where(User.id == int(claims["sub"]))
    ).first()
    if found is None:
        return None
    user, revoked_at = found
    good = user.is_active and revoked_at is None and user.session_epoch == claims.get("epoch")
    return user if good else None


def pair(user: User, *, family: str, generation: int) -> TokenPair:
    """Return an access token and the refresh token of a generation."""
    life = current_app.config["ACCESS_TOKEN_SECONDS"]
    epoch = user.session_epoch
    return TokenPair(
        access_token=sign_access(user.id, family=family, epoch=epoch),
        refresh_token=sign_refresh(user.id, family=family, epoch=epoch, generation=generation),
        expires_in=life,
    )


def sign_access(user_id: int, *, family: str, epoch: int) -> str:
    """Return a signed access token."""
    life = current_app.config["ACCESS_TOKEN_SECONDS"]
    return signing.sign(claims_of(user_id, ACCESS, life) | {"fam": family, "epoch": epoch})


def sign_refresh(user_id: int, *, family: str, epoch: int, generation: int) -> str:
    """Return a signed refresh token."""
    life = int(refresh_life().total_seconds())
    claims = claims_of(user_id, REFRESH, life)
    return signing.sign(claims | {"fam": family, "epoch": epoch, "gen": generation})


def claims_of(user_id: int, kind: str, life: int) -> dict[str, Any]:
    """Return the claims that every token has; times are Unix seconds."""
    now = int(time.time())
    return {"sub": str(user_id), "iat": now, "exp": now + life, "type": kind}


def epoch_of(user_id: int) -> int:
    """Return the session epoch of a user: raising it ends all tokens, too."""
    return db.session.scalar(select(User.session_epoch).where(User.id == user_id)) or 0


def forget_expired(user_id: int) -> None:
    """Delete a user's families that have expired, without committing."""
    db.session.execute(
        delete(TokenFamily)
        .where(TokenFamily.user_id == user_id, TokenFamily.expires_at < utc_now())
        .execution_options(synchronize_session=False)
    )


def refresh_life() -> timedelta:
    """Return how long a refresh token is good."""
    return timedelta(days=current_app.config["REFRESH_TOKEN_DAYS"])


def new_id() -> str:
    """Return the id of a new family."""
    return secrets.token_hex(16)
