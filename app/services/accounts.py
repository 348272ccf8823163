"""Accounts: making them, opening them, and what their owners say about themselves."""

from flask import current_app
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError

from app import metrics
from app.extensions import db
from app.models import Role, User, passwords
from app.models.base import utc_now
from app.services import audit, blocks, credentials, invitations
from app.services.account_rules import (
    avatar_faults,
    bio_faults,
    email_faults,
    nickname_faults,
    normal_email,
    password_faults,
    username_faults,
)
from app.services.clean import clean_line, clean_text
from app.services.errors import Forbidden, Invalid

# No valid password is longer; a longer text is not worth hashing.
LONGEST_PASSWORD_READ = 1024


def register(*, username: str, email: str, password: str, invitation: str = "") -> User:
    """Make the account of a new user, with the role in DEFAULT_ROLE.

    Queues the mail that confirms the address where that is required; the link of an invitation
    has done that. Raises `Forbidden` where registration is closed to this user, `NotFound` for an
    old invitation, and `Invalid` for bad or taken values.
    """
    config = current_app.config
    if not may_register(invitation):
        raise Forbidden(_("Registration is closed."))
    blocks.refuse_network()
    invited = invitations.invited_address(invitation) if invitation else None
    try:
        if invited and normal_email(email.strip()) != invited:
            raise Invalid({"email": [_("The invitation is for another address.")]})
        if faults := blocks.email_faults(normal_email(email.strip()) or ""):
            raise Invalid({"email": faults})
        user = add_user(username, email, password, Role[config["DEFAULT_ROLE"].upper()])
    except Invalid:
        metrics.registrations.labels("refused").inc()
        raise
    user.language = str(get_locale())
    if invited:
        user.email_verified_at = utc_now()
    elif config["REQUIRE_EMAIL_VERIFICATION"]:
        credentials.queue_verification_link(user)
    db.session.commit()
    metrics.registrations.labels("ok").inc()
    return user


def may_register(invitation: str) -> bool:
    """Say whether someone may register, with this invitation or with none."""
    policy = current_app.config["REGISTRATION"]
    return policy == "open" or (policy == "invitation" and bool(invitation))


def create_admin(*, username: str, email: str, password: str) -> User:
    """Make an admin, whose address counts as confirmed. Raises `Invalid`."""
    user = add_user(username, email, password, Role.ADMIN)
    user.email_verified_at = utc_now()
    audit.record(actor=None, action="user.create_admin", target=f"user {username}")
    db.session.commit()
    return user


def add_user(username: str, email: str, password: str, role: Role) -> User:
    """Add a user whose name and address nobody has, without committing. Raises `Invalid`."""
    email = email.strip()
    rules = {
        "username": username_faults(username),
        "email": email_faults(email),
        "password": password_faults(password),
    }
    if faults := {field: found for field, found in rules.items() if found}:
        raise Invalid(faults)
    address = normal_email(email) or ""
    if faults := taken_faults(username, address):
        raise Invalid(faults)
    user = User(username=username, email=address, role=int(role))
    user.set_password(password)
    lock_username(username)
    db.session.add(user)
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        raise Invalid(taken_faults(username, address)) from None
    if faults := taken_faults(username, address, except_for=user.id):
        db.session.rollback()
        raise Invalid(faults)
    return user


def taken_faults(
    username: str, email: str, *, except_for: int | None = None
) -> dict[str, list[str]]:
    """Say which of the two another account has; names differ by more than capitals."""
    others = select(User.username, User.email).where(
        or_(func.lower(User.username) == username.lower(), User.email == email)
    )
    if except_for is not None:
        others = others.where(User.id != except_for)
    faults = {}
    for other_name, other_email in db.session.execute(others):
        if other_name.lower() == username.lower():
            faults["username"] = [_("This username is already taken.")]
        if other_email == email:
            faults["email"] = [_("This e-mail address is already registered.")]
    return faults


def lock_username(username: str) -> None:
    """Let one transaction at a time add a name, however it is capitalised.

    The column tells `Ann` from `ann`, so that its constraint does not stop two registrations at
    the same moment. SQLite has one writer at a time anyway.
    """
    if db.engine.dialect.name == "postgresql":
        key = func.hashtext(f"username:{username.lower()}")
        db.session.execute(select(func.pg_advisory_xact_lock(key)))


def authenticate(*, login: str, password: str) -> User | None:
    """Return the active user with this name or address and password, or None.

    Takes the same time whether the user or the password is wrong. Brings an old hash up to date
    and notes the time.
    """
    user = find_by_login(login)
    password = password[:LONGEST_PASSWORD_READ]
    # Of a closed account nothing is known either, not even whether the password was right.
    known_hash = user.password_hash if user and user.is_active else ""
    # In a flood it waits for its turn: no connection of the database may wait with it.
    db.session.rollback()
    if not passwords.verify_password(known_hash, password) or user is None or not user.is_active:
        metrics.logins.labels("refused").inc()
        return None
    if passwords.needs_rehash(user.password_hash):
        user.set_password(password)
    user.last_login_at = utc_now()
    db.session.commit()
    metrics.logins.labels("ok").inc()
    return user


def find_by_login(login: str) -> User | None:
    """Return the user with a name (capitals do not matter) or an address."""
    login = login.strip()
    if "@" in login:
        address = normal_email(login)
        return db.session.scalar(select(User).where(User.email == address)) if address else None
    if not login.isprintable():
        return None
    named = select(User).where(
        or_(func.lower(User.username) == login.lower(), User.username == login)
    )
    # Imported accounts may differ by capitals alone: then only the exact spelling counts.
    found = db.session.scalars(named.limit(10)).all()
    exact = [user for user in found if user.username == login]
    return exact[0] if exact else found[0] if len(found) == 1 else None


def update_profile(*, user: User, nickname: str, bio: str, avatar_url: str) -> None:
    """Store what a user says about himself or herself; empty values clear. Raises `Invalid`."""
    values = {
        "nickname": clean_line(nickname),
        "bio": clean_text(bio),
        "avatar_url": clean_line(avatar_url),
    }
    rules = {
        "nickname": nickname_faults(values["nickname"]),
        "bio": bio_faults(values["bio"]),
        "avatar_url": avatar_faults(values["avatar_url"]),
    }
    if faults := {field: found for field, found in rules.items() if found}:
        raise Invalid(faults)
    for field, value in values.items():
        setattr(user, field, value or None)
    db.session.commit()
