"""Each login is a row; without the row its cookies open nothing."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.extensions import db
from app.models import User, UserSession
from app.models.base import utc_now
from app.services import sessions

MakeUser = Callable[..., User]
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def log_in(user: User, agent: str = FIREFOX) -> str:
    sessions.start(user=user, address="192.0.2.1", agent=agent)
    return user.get_id()


def age(cookie: str, days: float) -> None:
    row = update(UserSession).where(UserSession.key == cookie.partition(".")[2])
    db.session.execute(row.values(last_seen_at=utc_now() - timedelta(days=days)))
    db.session.commit()


def test_a_session_ends_alone_and_with_the_account(app: Flask, make_user: MakeUser) -> None:
    user = make_user()
    first, second = log_in(user), log_in(user)
    assert first != second
    assert sessions.end_one(user=user, key=first.partition(".")[2])
    assert sessions.find_user(first) is None
    assert sessions.find_user(second) is user
    user.is_active = False
    db.session.commit()
    assert sessions.find_user(second) is None


def test_nobody_ends_the_session_of_another(app: Flask, make_user: MakeUser) -> None:
    owner, other = make_user(), make_user()
    cookie = log_in(owner)
    row = sessions.list_sessions(user=owner)[0]
    assert not sessions.end_one(user=other, session_id=row.id)
    assert sessions.find_user(cookie) is owner


def test_looking_a_session_up_takes_one_statement(
    app: Flask,
    make_user: MakeUser,
    count_statements: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    cookie = log_in(make_user())
    db.session.rollback()
    with count_statements() as statements:
        assert sessions.find_user(cookie)
    assert len(statements) == 1


def test_the_list_tells_device_address_and_when_it_was_last_seen(
    app: Flask, make_user: MakeUser
) -> None:
    user = make_user()
    old = log_in(user, agent="")
    age(old, days=3)
    log_in(user)
    newest, oldest = sessions.list_sessions(user=user)
    assert (newest.device, newest.address) == ("Firefox · Linux", "192.0.2.1")
    assert (oldest.device, (utc_now() - oldest.last_seen_at).days) == ("", 3)
    sessions.find_user(old)
    assert sessions.list_sessions(user=user)[0].key == old.partition(".")[2]


def test_a_session_not_seen_for_long_opens_nothing_and_is_forgotten(
    app: Flask, make_user: MakeUser
) -> None:
    user = make_user()
    cookie = log_in(user)
    age(cookie, days=32)
    assert sessions.find_user(cookie) is None
    log_in(user)
    assert len(db.session.scalars(select(UserSession)).all()) == 1


@pytest.mark.parametrize("cookie", ["", "1", "1.", ".0", "x.y", "1.0.0", "-1.0", "9." + "0" * 32])
def test_what_is_no_session_of_a_user_is_nobody(app: Flask, cookie: str) -> None:
    assert sessions.find_user(cookie) is None
