"""Accounts: who gets one, who is let in, what is kept."""

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.security import generate_password_hash

from app.extensions import db
from app.models import OutboxMessage, Role, User, passwords
from app.services import accounts
from app.services.errors import Forbidden, Invalid

PASSWORD = "Correct-Horse-7"
MakeUser = Callable[..., User]


def register(username: str = "ann", email: str = "ann@example.org") -> User:
    return accounts.register(username=username, email=email, password=PASSWORD)


def faults(*, username: str = "ann", email: str = "ann@example.org", password: str = PASSWORD):
    with pytest.raises(Invalid) as caught:
        accounts.register(username=username, email=email, password=password)
    return caught.value.fields


def test_a_new_user_gets_the_default_role_and_a_hashed_password(app: Flask) -> None:
    user = register()
    assert user.role == Role.AUTHOR
    assert PASSWORD not in user.password_hash
    assert user.check_password(PASSWORD)
    app.config["DEFAULT_ROLE"] = "guest"
    assert register("bob", "bob@example.org").role == Role.GUEST


@pytest.mark.parametrize(
    "name", ["ab", "1ann", "_ann", "an n", "ann!", "安安安", "a" * 21, "ann\n"]
)
def test_a_name_that_breaks_the_rules_is_refused(app: Flask, name: str) -> None:
    assert "username" in faults(username=name)


@pytest.mark.parametrize(
    "email",
    [
        "ann",
        "ann@",
        "@x.org",
        "a b@x.org",
        "ann@x..org",
        "ann@x.org\nBcc: b@x.org",
        "a@b@c",
        "a" * 60 + "@" + "b" * 60 + ".org",
    ],
)
def test_what_is_no_address_is_refused(app: Flask, email: str) -> None:
    assert "email" in faults(email=email)


@pytest.mark.parametrize(
    "password", ["Sh0rt-a", "nocapital-7", "NOSMALL-7", "NoDigits-x", "NoSpecial7", "Aa1-" * 33]
)
def test_a_weak_or_endless_password_is_refused(app: Flask, password: str) -> None:
    assert "password" in faults(password=password)


def test_every_fault_is_named_at_once(app: Flask) -> None:
    assert set(faults(username="1", email="x", password="x")) == {"username", "email", "password"}


def test_a_taken_name_is_refused_whatever_its_capitals(app: Flask) -> None:
    register("Ann")
    found = faults(username="aNN", email="other@example.org")
    assert "already" in found["username"][0]
    assert "email" not in found


def test_a_taken_address_is_refused_whatever_its_capitals(app: Flask) -> None:
    register()
    assert "already" in faults(username="bob", email=" ANN@Example.ORG ")["email"][0]


def test_an_address_in_another_script_is_stored_in_the_form_mail_servers_take(app: Flask) -> None:
    assert register(email="ann@例子.中国").email == "ann@xn--fsqu00a.xn--fiqs8s"


def test_nobody_registers_while_registration_is_closed(app: Flask) -> None:
    app.config["REGISTRATION"] = "closed"
    with pytest.raises(Forbidden):
        register()


def test_a_mail_is_queued_only_where_addresses_must_be_confirmed(app: Flask) -> None:
    register()
    assert db.session.scalar(select(func.count(OutboxMessage.id))) == 0
    app.config["REQUIRE_EMAIL_VERIFICATION"] = True
    user = register("bob", "bob@example.org")
    message = db.session.scalars(select(OutboxMessage)).one()
    assert message.payload["to"] == "bob@example.org"
    assert not user.is_verified


def test_an_admin_is_made_with_every_right_and_a_confirmed_address(app: Flask) -> None:
    app.config["REQUIRE_EMAIL_VERIFICATION"] = True
    user = accounts.create_admin(
        username="root1", email="root@localhost.localdomain", password=PASSWORD
    )
    assert user.is_admin
    assert user.is_verified


def test_two_registrations_of_one_name_at_the_same_moment_make_one_account(
    threaded_app: Flask,
) -> None:
    outcomes = race(threaded_app, ["Ann", "ann", "ANN", "aNN"])
    taken = "This username is already taken."
    assert sorted(outcomes) == [taken, taken, taken, "made"]


def race(app: Flask, names: list[str]) -> list[str]:
    """Register all names in threads that begin together."""
    outcomes: list[str] = []
    barrier = threading.Barrier(len(names))

    def run(number: int, name: str) -> None:
        with app.app_context():
            barrier.wait(timeout=20)
            try:
                register(name, f"ann{number}@example.org")
                outcomes.append("made")
            except Invalid as error:
                outcomes.append(error.fields["username"][0])

    threads = [threading.Thread(target=run, args=item) for item in enumerate(names)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_an_address_that_is_taken_between_look_and_write_is_told_kindly(
    app: Flask, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_user(username="bob", email="ann@example.org")
    answers: list[dict[str, list[str]]] = [{}]
    look = accounts.taken_faults
    monkeypatch.setattr(
        accounts, "taken_faults", lambda *a, **k: answers.pop() if answers else look(*a, **k)
    )
    assert "already" in faults()["email"][0]


def test_the_right_password_opens_by_name_and_by_address(app: Flask, make_user: MakeUser) -> None:
    user = make_user(username="Ann", email="ann@example.org")
    for login in ("Ann", "ann", " ANN ", "ann@example.org", "ANN@Example.org"):
        assert accounts.authenticate(login=login, password="Correct-Horse-7") is user
    assert user.last_login_at is not None


@pytest.mark.parametrize("login", ["nobody", "nobody@example.org", "an\x00n", "@", "", "安"])
def test_an_unknown_login_is_refused(app: Flask, make_user: MakeUser, login: str) -> None:
    make_user(username="ann")
    assert accounts.authenticate(login=login, password=PASSWORD) is None


def test_a_wrong_password_and_a_deactivated_user_are_refused(
    app: Flask, make_user: MakeUser
) -> None:
    user = make_user(username="ann")
    assert accounts.authenticate(login="ann", password="Wrong-Horse-7") is None
    assert accounts.authenticate(login="ann", password="x" * 1_000_000) is None
    user.is_active = False
    db.session.commit()
    assert accounts.authenticate(login="ann", password=PASSWORD) is None


def test_an_unknown_user_costs_a_hash_too(
    app: Flask, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_user(username="ann")
    verified: list[str] = []
    verify = passwords.verify_password
    monkeypatch.setattr(
        passwords, "verify_password", lambda *given: verified.append(given[0]) or verify(*given)
    )
    accounts.authenticate(login="ann", password="wrong")
    accounts.authenticate(login="nobody", password="wrong")
    assert verified[0].startswith("$argon2id$")
    assert verified[1] == ""
    assert len(verified) == 2


@pytest.mark.parametrize("scheme", ["scrypt", "pbkdf2:sha256:1000"])
def test_an_old_hash_is_brought_up_to_date_at_login(
    app: Flask, make_user: MakeUser, scheme: str
) -> None:
    user = make_user(username="ann")
    user.password_hash = generate_password_hash(PASSWORD, scheme)
    db.session.commit()
    assert accounts.authenticate(login="ann", password="Wrong-Horse-7") is None
    assert user.password_hash.startswith(scheme)
    assert accounts.authenticate(login="ann", password=PASSWORD) is user
    assert user.password_hash.startswith("$argon2id$")
    assert accounts.authenticate(login="ann", password=PASSWORD) is user


def test_imported_names_that_differ_by_capitals_alone_need_the_exact_spelling(
    app: Flask, make_user: MakeUser
) -> None:
    lower, upper = make_user(username="ann"), make_user(username="Ann")
    assert accounts.find_by_login("ann") is lower
    assert accounts.find_by_login("Ann") is upper
    assert accounts.find_by_login("ANN") is None


def test_a_profile_is_cleaned_and_empty_values_clear(app: Flask, make_user: MakeUser) -> None:
    user = make_user()
    accounts.update_profile(
        user=user, nickname="  Ann\u202e  B ", bio="Line\r\ntwo", avatar_url="https://x.org/a.png"
    )
    assert (user.nickname, user.bio) == ("Ann B", "Line\ntwo")
    assert user.display_name == "Ann B"
    accounts.update_profile(user=user, nickname=" ", bio="", avatar_url="")
    assert (user.nickname, user.bio, user.avatar_url) == (None, None, None)
    assert user.display_name == user.username


@pytest.mark.parametrize(
    "url",
    [
        "http://x.org/a.png",
        "javascript:alert(1)",
        "//x.org/a",
        "https://",
        "https://u@x.org/",
        'https://x.org/" onerror=',
        "/static/x",
        "/uploads/../x y",
        "https://x.org/" + "a" * 500,
    ],
)
def test_a_picture_must_be_https_or_an_upload(app: Flask, make_user: MakeUser, url: str) -> None:
    with pytest.raises(Invalid) as caught:
        accounts.update_profile(user=make_user(), nickname="", bio="", avatar_url=url)
    assert set(caught.value.fields) == {"avatar_url"}


def test_a_nickname_and_a_bio_have_their_lengths(app: Flask, make_user: MakeUser) -> None:
    with pytest.raises(Invalid) as caught:
        accounts.update_profile(
            user=make_user(), nickname="n" * 51, bio="b" * 1001, avatar_url="/uploads/ab/cd.png"
        )
    assert set(caught.value.fields) == {"nickname", "bio"}
