"""Password hashes: Argon2id, with a bound on how many are computed at once."""

from functools import lru_cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app
from werkzeug.security import check_password_hash

OTHER_SCHEMES = ("scrypt:", "pbkdf2:")  # Werkzeug's, from accounts that were imported.


@lru_cache(maxsize=8)
def _hasher(memory_kib: int, time_cost: int) -> PasswordHasher:
    return PasswordHasher(memory_cost=memory_kib, time_cost=time_cost, parallelism=1)


@lru_cache(maxsize=8)
def _slots(count: int) -> BoundedSemaphore:
    return BoundedSemaphore(count)


@lru_cache(maxsize=8)
def _decoy(hasher: PasswordHasher) -> str:
    """A hash nobody knows the password of; checked so that a missing user costs the same time."""
    return hasher.hash("no such user")


def _current() -> tuple[PasswordHasher, BoundedSemaphore]:
    config = current_app.config
    return (
        _hasher(config["ARGON2_MEMORY_KIB"], config["ARGON2_TIME_COST"]),
        _slots(config["PASSWORD_HASH_CONCURRENCY"]),
    )


def hash_password(password: str) -> str:
    """Return the Argon2id hash of a password."""
    hasher, slots = _current()
    with slots:
        return hasher.hash(password)


def verify_password(password_hash: str, password: str) -> bool:
    """Say whether a password belongs to a hash; an empty hash never matches, in the same time."""
    hasher, slots = _current()
    with slots:
        if password_hash.startswith(OTHER_SCHEMES):
            return check_password_hash(password_hash, password)
        try:
            return hasher.verify(password_hash or _decoy(hasher), password) and bool(password_hash)
        except (VerificationError, InvalidHashError):
            return False


def needs_rehash(password_hash: str) -> bool:
    """Say whether a hash was made by another scheme or with other costs than today's."""
    hasher, _ = _current()
    return password_hash.startswith(OTHER_SCHEMES) or hasher.check_needs_rehash(password_hash)
