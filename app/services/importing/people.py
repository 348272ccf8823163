"""Finds the accounts of imported authors, and makes deactivated ones for those who have none."""

import re
from collections.abc import Mapping

from sqlalchemy import func, select

from app.models import Role, User, db
from app.services.clean import clean_line, clean_text
from app.services.importing.records import ImportedAuthor
from app.text.slugs import slugify

# Nobody can have an address below this top-level domain, which is reserved for that (RFC 2606).
NO_ADDRESS = "@imported.invalid"
MAX_EMAIL_CHARS = 120
MAX_NAME_CHARS = 50
MIN_USERNAME_CHARS, MAX_USERNAME_CHARS = 3, 20

_USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{2,19}")


def ensure_authors(authors: Mapping[str, ImportedAuthor]) -> tuple[dict[str, int], int]:
    """Return the account of each author, and how many were made; without committing.

    An author is found by e-mail address, then by user name. A new account is deactivated and has
    no password that fits: an admin may open it later.
    """
    accounts: dict[str, int] = {}
    made = 0
    for key, author in authors.items():
        email = _address(author)
        user, username = _by_email(email), ""
        if user is None:
            user, username = _by_username(author)
        if user is None:
            user = _new_user(author, username, email)
            db.session.add(user)
            db.session.flush()
            made += 1
        accounts[key] = user.id
    return accounts, made


def username_of(name: str) -> str:
    """Return a name as a user name: 3 to 20 letters, digits and underscores, a letter first."""
    if _USERNAME.fullmatch(name):
        return name
    username = slugify(name).replace("-", "_")[:MAX_USERNAME_CHARS].strip("_")
    if not username[:1].isalpha():
        username = f"author_{username}"[:MAX_USERNAME_CHARS].strip("_")
    return username.ljust(MIN_USERNAME_CHARS, "_")


def _address(author: ImportedAuthor) -> str | None:
    email = clean_line(author.email).lower()
    usable = len(email) <= MAX_EMAIL_CHARS and re.fullmatch(r"[^@\s]+@[^@\s]+", email)
    return email if usable else None


def _by_email(email: str | None) -> User | None:
    return db.session.scalar(select(User).where(User.email == email)) if email else None


def _by_username(author: ImportedAuthor) -> tuple[User | None, str]:
    """Return the account of an author's name, or the free user name for a new one.

    A name that is no user name as it stands belongs only to the account once made for it.
    """
    wanted, number = username_of(author.username), 1
    while True:
        user = db.session.scalar(select(User).where(func.lower(User.username) == wanted.lower()))
        is_own = user and user.email.endswith(NO_ADDRESS) and user.nickname == _nickname(author)
        if user is None or is_own or wanted == author.username:
            return user, wanted
        number += 1
        suffix = f"_{number}"
        wanted = username_of(author.username)[: MAX_USERNAME_CHARS - len(suffix)] + suffix


def _nickname(author: ImportedAuthor) -> str | None:
    """Return the name to show: the given one, or the one that is no user name as it stands."""
    changed = username_of(author.username) != author.username
    name = author.name or (author.username if changed else "")
    return clean_line(name)[:MAX_NAME_CHARS] or None


def _new_user(author: ImportedAuthor, username: str, email: str | None) -> User:
    return User(
        username=username,
        email=email or f"{username.lower()}{NO_ADDRESS}",
        password_hash="",
        nickname=_nickname(author),
        bio=clean_text(author.bio) or None,
        role=int(Role.AUTHOR),
        is_active=False,
    )
