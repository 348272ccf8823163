"""Personal access tokens: for scripts, with chosen rights, until they expire or are revoked."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models import Permission, PersonalToken, User
from app.models.base import utc_now
from app.services.clean import clean_line
from app.services.errors import Forbidden, Invalid, NotFound

# Tells our tokens from JWTs, and lets scanners of leaked secrets find them.
PREFIX = "ironpress_"
SECRET_BYTES = 32
MAX_TOKENS = 50
# The time of last use is written this often at most, so that reading stays reading.
USE_NOTED_EVERY = timedelta(minutes=5)
SCOPES = {right.name.lower(): right for right in Permission if right.name}


class NewToken(NamedTuple):
    """A token that was just made, and its text, which nobody can read again."""

    row: PersonalToken
    text: str


def create_personal_token(
    *, user: User, name: str, scopes: list[str], expires_at: datetime | None = None
) -> NewToken:
    """Make a token with some of a user's rights, READ among them.

    Raises `Forbidden` or `Invalid`.
    """
    if user.granted != type(user).granted:
        raise Forbidden(_("A personal token cannot manage tokens."))
    if expires_at is not None and expires_at <= utc_now():
        raise Invalid({"expires_at": [_("This time has passed.")]})
    count = db.session.scalar(
        select(func.count()).select_from(PersonalToken).where(PersonalToken.user_id == user.id)
    )
    if (count or 0) >= MAX_TOKENS:
        raise Forbidden(_("Revoke a token before you make another one."))
    text = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    rights = Permission.READ
    for scope in scopes:
        rights |= SCOPES[scope]
    row = PersonalToken(
        user_id=user.id,
        name=clean_line(name),
        token_hash=digest(text),
        rights=int(rights),
        expires_at=expires_at,
    )
    db.session.add(row)
    db.session.commit()
    return NewToken(row, text)


def list_personal_tokens(*, user: User) -> list[PersonalToken]:
    """Return a user's tokens, the newest first."""
    owned = select(PersonalToken).where(PersonalToken.user_id == user.id)
    return list(db.session.scalars(owned.order_by(PersonalToken.id.desc())))


def delete_personal_token(*, user: User, token_id: int) -> None:
    """Revoke one of a user's own tokens; raises `NotFound` or `Forbidden`."""
    if user.granted != type(user).granted:
        raise Forbidden(_("A personal token cannot manage tokens."))
    row = db.session.get(PersonalToken, token_id)
    if row is None or row.user_id != user.id:
        raise NotFound(_("There is no such token."))
    db.session.delete(row)
    db.session.commit()


def revoke_personal_token(text: str) -> None:
    """Revoke the token with this text, if there is one."""
    row = db.session.scalar(select(PersonalToken).where(PersonalToken.token_hash == digest(text)))
    if row is not None:
        db.session.delete(row)
        db.session.commit()


def find_personal_token(text: str) -> User | None:
    """Return the active owner of a token, holding the token's rights only; None for a bad one."""
    now = utc_now()
    row = db.session.scalar(
        select(PersonalToken)
        .where(
            PersonalToken.token_hash == digest(text),
            or_(PersonalToken.expires_at.is_(None), PersonalToken.expires_at > now),
        )
        .options(joinedload(PersonalToken.user))
    )
    if row is None or not row.user.is_active:
        return None
    user = row.user
    user.granted = Permission(row.rights)
    if row.last_used_at is None or row.last_used_at < now - USE_NOTED_EVERY:
        note_use(row.id, now)
    return user


def note_use(token_id: int, now: datetime) -> None:
    """Store when a token was used."""
    db.session.execute(
        update(PersonalToken).where(PersonalToken.id == token_id).values(last_used_at=now)
    )
    db.session.commit()


def scopes_of(row: PersonalToken) -> list[str]:
    """Return the names of a token's rights."""
    return [name for name, right in SCOPES.items() if row.rights & right == right]


def digest(text: str) -> str:
    """Return what is stored of a token; it is random enough for a plain hash."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
