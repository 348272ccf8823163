"""Password hashes: Argon2id, with bounds on how many are computed at once and how many wait."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app
from werkzeug.security import check_password_hash

# So many may wait for each that is computed: a flood of log-ins leaves the other threads alone.
WAITING_FOR_EACH = 1
OTHER_SCHEMES = ("scrypt:", "pbkdf2:")  # Werkzeug's, from accounts that were imported.


class Busy(Exception):
    """Says that enough others wait for their hashes already."""


@lru_cache(maxsize=8)
def _hasher(memory_kib: int, time_cost: int) -> PasswordHasher:
    return PasswordHasher(memory_cost=memory_kib, time_cost=time_cost, parallelism=1)


@lru_cache(maxsize=8)
def _slots(count: int) -> BoundedSemaphore:
    return BoundedSemaphore(count)


@lru_cache(maxsize=8)
def _queue(count: int) -> BoundedSemaphore:
    return BoundedSemaphore(count * (1 + WAITING_FOR_EACH))


@contextmanager
def _turn() -> Iterator[PasswordHasher]:
    """Wait for a turn to hash; raise `Busy` where too many wait."""
    config = current_app.config
    count: int = config["PASSWORD_HASH_CONCURRENCY"]
    queue = _queue(count)
    if not queue.acquire(blocking=False):
        raise Busy
    try:
        with _slots(count):
            yield _current()
    finally:
        queue.release()


@lru_cache(maxsize=8)
def _decoy(hasher: PasswordHasher) -> str:
    """A hash nobody knows the password of; checked so that a missing user costs the same time."""
    return hasher.hash("no such user")


def _current() -> PasswordHasher:
    config = current_app.config
    return _hasher(config["ARGON2_MEMORY_KIB"], config["ARGON2_TIME_COST"])


def hash_password(password: str) -> str:
    """Return the Argon2id hash of a password. Raises `Busy`."""
    with _turn() as hasher:
        return hasher.hash(password)


def verify_password(password_hash: str, password: str) -> bool:
    """Say whether a password belongs to a hash; an empty hash never matches, in the same time.

    Raises `Busy`.
    """
    with _turn() as hasher:
        if password_hash.startswith(OTHER_SCHEMES):
            return check_password_hash(password_hash, password)
        try:
            return hasher.verify(password_hash or _decoy(hasher), password) and bool(password_hash)
        except (VerificationError, InvalidHashError):
            return False


def needs_rehash(password_hash: str) -> bool:
    """Say whether a hash was made by another scheme or with other costs than today's."""
    return password_hash.startswith(OTHER_SCHEMES) or _current().check_needs_rehash(password_hash)
