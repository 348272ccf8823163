"""Accounts: roles, rights, passwords."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError, StatementError
from werkzeug.security import generate_password_hash

from app.extensions import db
from app.models import Permission, Role, User, passwords

ALL = list(Permission)


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.GUEST, [Permission.READ]),
        (Role.AUTHOR, [Permission.READ, Permission.CREATE, Permission.UPDATE]),
        (
            Role.EDITOR,
            [Permission.READ, Permission.CREATE, Permission.UPDATE, Permission.DELETE],
        ),
        (Role.ADMIN, ALL),
    ],
)
def test_a_role_is_the_sum_of_its_rights(app: Flask, role: Role, allowed: list[Permission]) -> None:
    user = User(username="a", email="a@example.org", role=int(role))
    assert [permission for permission in ALL if user.can(permission)] == allowed


def test_a_new_user_is_an_active_guest(app: Flask) -> None:
    user = User(username="a", email="a@example.org")
    assert user.is_active
    assert user.role == Role.GUEST
    assert not user.is_admin


def test_being_admin_is_a_role(make_user: Callable[..., User]) -> None:
    user = make_user()
    user.is_admin = True
    assert user.role == Role.ADMIN
    db.session.commit()
    assert db.session.query(User).filter(User.is_admin).one() is user
    user.is_admin = False
    assert user.role == Role.AUTHOR
    user.role = int(Role.GUEST)
    user.is_admin = False
    assert user.role == Role.GUEST


def test_an_unverified_user_has_a_guests_rights(app: Flask) -> None:
    app.config["REQUIRE_EMAIL_VERIFICATION"] = True
    user = User(username="a", email="a@example.org", role=int(Role.ADMIN))
    assert not user.can(Permission.CREATE)
    user.email_verified_at = datetime.now(UTC)
    assert user.can(Permission.CREATE)


def test_the_database_knows_the_roles(make_user: Callable[..., User]) -> None:
    user = make_user()
    user.role = 5
    with pytest.raises(IntegrityError):
        db.session.commit()
    db.session.rollback()


def test_addresses_differ_in_more_than_case(make_user: Callable[..., User]) -> None:
    make_user(email="Someone@Example.org")
    with pytest.raises(IntegrityError):
        make_user(email="someone@example.ORG")
    db.session.rollback()


def test_a_password_is_kept_as_argon2id(make_user: Callable[..., User]) -> None:
    user = make_user()
    user.set_password("Correct-Horse-7")
    assert user.password_hash.startswith("$argon2id$")
    assert user.check_password("Correct-Horse-7")
    assert not user.check_password("correct-horse-7")


def test_an_account_without_a_password_cannot_log_in(app: Flask) -> None:
    user = User(username="a", email="a@example.org", password_hash="")
    assert not user.check_password("")
    assert not user.check_password("no such user")


@pytest.mark.parametrize("scheme", ["scrypt", "pbkdf2:sha256:1000"])
def test_hashes_of_other_schemes_are_known_and_outdated(app: Flask, scheme: str) -> None:
    old = generate_password_hash("Correct-Horse-7", method=scheme)
    assert passwords.verify_password(old, "Correct-Horse-7")
    assert not passwords.verify_password(old, "Wrong-Horse-7")
    assert passwords.needs_rehash(old)
    assert not passwords.needs_rehash(passwords.hash_password("Correct-Horse-7"))


def test_a_broken_hash_is_a_wrong_password(app: Flask) -> None:
    assert not passwords.verify_password("$argon2id$nonsense", "x")


@pytest.fixture
def slots() -> Iterator[None]:
    for kept in (passwords._slots, passwords._queue):
        kept.cache_clear()
    yield
    for kept in (passwords._slots, passwords._queue):
        kept.cache_clear()


def test_hashes_wait_for_a_free_slot(app: Flask, slots: None) -> None:
    app.config["PASSWORD_HASH_CONCURRENCY"] = 1
    taken, queue = passwords._slots(1), passwords._queue(1)
    taken.acquire()
    queue.acquire()

    def verify() -> None:
        with app.app_context():
            passwords.verify_password("", "x")

    thread = threading.Thread(target=verify)
    thread.start()
    thread.join(timeout=0.2)
    assert thread.is_alive()
    with pytest.raises(passwords.Busy):  # One waits; who comes now would wait for long.
        passwords.verify_password("", "x")
    taken.release()
    thread.join(timeout=10)
    assert not thread.is_alive()


def test_times_are_kept_in_utc_whatever_zone_they_came_in(make_user: Callable[..., User]) -> None:
    local = datetime(2026, 11, 23, 8, 0, tzinfo=timezone(timedelta(hours=8)))
    user = make_user(last_login_at=local)
    db.session.expire_all()
    assert user.last_login_at == local
    assert user.last_login_at.utcoffset() == timedelta(0)


def test_a_time_without_a_zone_counts_as_utc(make_user: Callable[..., User]) -> None:
    user = make_user(last_login_at=datetime(2026, 11, 23, 8, 0))
    db.session.expire_all()
    assert user.last_login_at == datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def test_what_is_no_time_is_refused(make_user: Callable[..., User]) -> None:
    with pytest.raises((StatementError, AttributeError)):
        make_user(last_login_at="yesterday")
    db.session.rollback()
