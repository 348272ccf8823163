"""Codes of the app and recovery codes open an account once each."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pyotp
import pytest
from flask import Flask

from app.extensions import db
from app.models import RecoveryCode, SecondFactor, User
from app.services import second_factor, sessions
from app.services.errors import Invalid

MakeUser = Callable[..., User]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Give a function that sets the clock, so that no code changes while a test runs."""

    def set_to(seconds: float) -> None:
        monkeypatch.setattr(time, "time", lambda: seconds)

    set_to(1_800_000_000)
    return set_to


def code_at(user: User, seconds: float) -> str:
    factor = db.session.get(SecondFactor, user.id)
    assert factor
    return pyotp.TOTP(second_factor.secret_of(user, factor.salt)).at(int(seconds))


def set_up(user: User) -> list[str]:
    salt = second_factor.new_salt()
    first = pyotp.TOTP(second_factor.secret_of(user, salt)).at(1_800_000_000)
    return second_factor.set_up(user=user, salt=salt, code=first)


def test_a_code_passes_once(
    app: Flask, make_user: MakeUser, clock: Callable[[float], None]
) -> None:
    user = make_user()
    set_up(user)
    now = 1_800_000_000
    assert not second_factor.passes(user=user, code=code_at(user, now))  # Used to set it up.
    clock(now + 30)
    code = code_at(user, now + 30)
    assert second_factor.passes(user=user, code=f"{code[:3]} {code[3:]}")
    assert not second_factor.passes(user=user, code=code)


@pytest.mark.parametrize(("late", "passes"), [(0, True), (30, True), (-30, True), (90, False)])
def test_a_clock_may_be_half_a_minute_off(
    app: Flask, make_user: MakeUser, clock: Callable[[float], None], late: int, passes: bool
) -> None:
    user = make_user()
    set_up(user)
    clock(1_800_000_600)
    assert second_factor.passes(user=user, code=code_at(user, 1_800_000_600 - late)) is passes


def test_an_older_code_does_not_pass_after_a_newer_one(
    app: Flask, make_user: MakeUser, clock: Callable[[float], None]
) -> None:
    user = make_user()
    set_up(user)
    clock(1_800_000_600)
    assert second_factor.passes(user=user, code=code_at(user, 1_800_000_600))
    assert not second_factor.passes(user=user, code=code_at(user, 1_800_000_570))


def test_of_twenty_who_send_one_code_at_once_one_passes(
    threaded_app: Flask, clock: Callable[[float], None]
) -> None:
    with threaded_app.app_context():
        user = User(username="ann", email="ann@example.org")
        db.session.add(user)
        db.session.commit()
        recovery = set_up(user)[0]
        user_id, code = user.id, code_at(user, 1_800_000_030)
    clock(1_800_000_030)

    def send(code: str) -> bool:
        with threaded_app.app_context():
            user = db.session.get(User, user_id)
            assert user
            return second_factor.passes(user=user, code=code)

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(send, [code] * 20)) == 1
        assert sum(pool.map(send, [recovery] * 20)) == 1


def test_a_recovery_code_stands_in_once_and_is_not_kept(
    app: Flask, make_user: MakeUser, clock: Callable[[float], None]
) -> None:
    user, other = make_user(), make_user()
    codes = set_up(user)
    set_up(other)
    assert len(set(codes)) == 10
    kept = {row.code_hash for row in db.session.query(RecoveryCode)}
    assert not kept & set(codes)
    assert not second_factor.passes(user=other, code=codes[0])
    assert second_factor.passes(user=user, code=codes[0].upper().replace("-", " "))
    assert not second_factor.passes(user=user, code=codes[0])
    assert second_factor.count_recovery_codes(user=user) == 9


def test_new_recovery_codes_replace_the_old_ones(
    app: Flask, make_user: MakeUser, clock: Callable[[float], None]
) -> None:
    user = make_user()
    old = set_up(user)
    with pytest.raises(Invalid):
        second_factor.renew_recovery_codes(user=user, code="000000")
    new = second_factor.renew_recovery_codes(user=user, code=old[0])
    assert not second_factor.passes(user=user, code=old[1])
    assert second_factor.passes(user=user, code=new[0])


def test_setting_up_and_switching_off_end_every_session(
    app: Flask, make_user: MakeUser, clock: Callable[[float], None]
) -> None:
    user = make_user()
    sessions.start(user=user, address="192.0.2.1", agent="")
    cookie = user.get_id()
    codes = set_up(user)
    assert user.has_second_factor
    assert sessions.find_user(cookie) is None
    with pytest.raises(Invalid):
        second_factor.switch_off(user=user, code="123")
    second_factor.switch_off(user=user, code=codes[0])
    assert not user.has_second_factor
    assert not second_factor.passes(user=user, code=codes[1])


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "\udc80"])
def test_what_is_no_code_does_not_pass(app: Flask, make_user: MakeUser, code: str) -> None:
    user = make_user()
    assert not second_factor.passes(user=user, code=code)
