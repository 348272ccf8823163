"""Guessing who has an account, passwords, codes and links: nothing is told, and limits hold."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import db
from app.access import PUBLIC, ROUTES
from app.models import OutboxMessage, Role, SecondFactor, User, passwords
from app.models.base import utc_now
from app.services import credentials, second_factor
from tests.attack.blog import NEW_PASSWORD, reading_calls
from tests.conftest import PASSWORD

# Who tries to log in, from whose answer nothing may follow.
STRANGERS = {
    "nobody": {"username": "nobody"},
    "nobody's address": {"username": "nobody@example.org"},
    "a known name": {"username": "known"},
    "a known address": {"username": "known@example.org"},
    "a closed account": {"username": "closed", "password": PASSWORD},
    "an unconfirmed one": {"username": "fresh"},
    "one with a second factor": {"username": "doubled"},
    "one without a password": {"username": "imported", "password": ""},
    "an admin": {"username": "chief"},
}
ADDRESSES = ("known@example.org", "nobody@example.org", "closed@example.org", "KNOWN@Example.ORG")
SPELLINGS = (
    *("victim@example.org", " victim@example.org ", "VICTIM@EXAMPLE.ORG", "Victim@example.org"),
    *("victim@\uff45xample.org", "victim@ex\uff41mple.org", "victim@example\u3002org"),
    *("victim@example\uff0eorg", "victim@example\uff61org", "victim@\uff25XAMPLE.org"),
    *("\u3000victim@example.org", "victim@exampl\uff45.\uff4frg", "victim@EXAMPL\uff25.org"),
)
GUESSES = 200
FORGED_LINKS = (
    *("", "x", "null", "undefined", "0", "1", "../../auth/reset", "%00", "{id}", "[{id}]", "e30"),
    *("WzEsIngiXQ", "WzEsIngiXQ.x.y", "WzEsIngiXQ..", ".{part1}.{part2}", "{part0}.{part1}."),
    *("{part0}.{part2}", "{part1}.{part0}.{part2}", "{part0}.{part1}.{part2}x", "{token}.{token}"),
    *("{token}%00", "{token}=", "A{token}", "{other0}.{part1}.{part2}", "{part0}.x.{part2}"),
    *(
        "{other0}.{other1}.{part2}",
        "{swap}",
        "{short}",
        "{verify}",
        "{invitation}",
        "{unsubscribe}",
    ),
)
HOSTS = (
    "evil.example",
    "localhost.evil.example",
    "localhost@evil.example",
    "localhost:80@evil.example",
)
HOST_HEADERS = (
    *("X-Forwarded-Host", "X-Host", "Forwarded", "X-Original-Host", "X-Forwarded-Server"),
    *("X-HTTP-Host-Override", "Origin", "Referer"),
)
CODES = (
    "",
    "000000",
    "123456",
    "null",
    "0",
    "٠٠٠٠٠٠",
    "1e5",
    "' OR 1=1--",
    "[]",
    "true",
    "000 000",
)
TRIED = (
    2 * len(STRANGERS)
    + len(ADDRESSES)
    + len(SPELLINGS)
    + 2 * GUESSES
    + 2 * len(FORGED_LINKS)
    + len(HOSTS) * len(HOST_HEADERS)
    + len(CODES)
)


@pytest.fixture
def people(app: Flask, make_user: Callable[..., User]) -> dict[str, User]:
    """Give accounts of every kind."""
    found = {
        "known": make_user(username="known", email="known@example.org"),
        "closed": make_user(username="closed", email="closed@example.org", is_active=False),
        "fresh": make_user(username="fresh", email_verified_at=None),
        "doubled": make_user(username="doubled", has_second_factor=True),
        "imported": make_user(username="imported"),
        "chief": make_user(Role.ADMIN, username="chief"),
    }
    found["imported"].password_hash = ""
    db.session.add(SecondFactor(user_id=found["doubled"].id, salt="0" * 32))
    db.session.commit()
    return found


class Work:
    """Counts what a login costs: hashes computed, and statements."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.hashed: list[tuple[int, int]] = []
        hasher = passwords._current()
        real = type(hasher).verify

        def verify(this: Any, hash_: str, password: str) -> bool:
            self.hashed.append((this.memory_cost, this.time_cost))
            return bool(real(this, hash_, password))

        monkeypatch.setattr(type(hasher), "verify", verify)


def seen(answer: TestResponse) -> tuple[Any, ...]:
    """Return what a stranger sees of an answer, without what differs from one to the next."""
    ignored = ("X-Request-ID", "X-Response-Time", "Set-Cookie", "Date", "Server-Timing")
    headers = sorted((k, v) for k, v in answer.headers if k not in ignored)
    if answer.is_json:
        return answer.status_code, headers, {**answer.json, "request_id": ""}
    return answer.status_code, headers


def test_a_failed_login_looks_and_works_the_same_for_everyone(
    app: Flask,
    people: dict[str, User],
    monkeypatch: pytest.MonkeyPatch,
    count_statements: Callable[..., Any],
) -> None:
    app.test_client().post("/auth/login", data={"username": "x", "password": "x"})
    work = Work(monkeypatch)
    pages, programs, costs = [], [], []
    for given in STRANGERS.values():
        form = {"username": "x", "password": "wrong"} | given
        work.hashed.clear()
        with count_statements() as statements:
            page = app.test_client().post("/auth/login", data=form)
        costs.append((len(work.hashed), len(statements)))
        text = page.text.replace(form["username"], "NAME")
        pages.append((seen(page)[0], len(page.headers), text.count("wrong"), len(text)))
        if form["password"]:
            answer = app.test_client().post("/api/v1/auth/token", json=form)
            programs.append(seen(answer))
    assert len(set(map(str, programs))) == 1
    assert programs[0][0] == 401
    # A form without a password is refused before anything is looked up.
    empty = list(STRANGERS).index("one without a password")
    assert len({page for i, page in enumerate(pages) if i != empty}) == 1
    assert {cost for i, cost in enumerate(costs) if i != empty} == {(1, 1)}


def test_asking_for_a_link_looks_and_works_the_same_for_every_address(
    app: Flask, people: dict[str, User], count_statements: Callable[..., Any]
) -> None:
    answers, costs = [], []
    for address in ADDRESSES:
        with count_statements() as statements:
            answer = app.test_client().post("/auth/reset", data={"email": address})
        answers.append((*seen(answer), answer.location))
        costs.append(sum("site_settings" not in each for each in statements))
    assert len(set(map(str, answers))) == 1
    assert len(set(costs)) == 1
    queued = db.session.scalars(db.select(OutboxMessage.kind)).all()
    assert queued == [credentials.RESET_KIND] * len(ADDRESSES)


def guess(browser: FlaskClient, name: str, address: str, password: str = NEW_PASSWORD) -> int:
    answer = browser.post(
        "/auth/login",
        data={"username": name, "password": password},
        environ_base={"REMOTE_ADDR": address},
    )
    return answer.status_code


@pytest.fixture
def limited(make_app: Callable[..., Flask]) -> Flask:
    """Give an application that counts, and an account with a known browser."""
    app = make_app(rate_limits_enabled=True)
    with app.app_context():
        for name in ("victim", "other"):
            user = User(username=name, email=f"{name}@example.org")
            user.set_password(PASSWORD)
            db.session.add(user)
        db.session.commit()
    return app


def test_stuffing_ends_after_a_few_tries_and_the_owner_still_gets_in(limited: Flask) -> None:
    owner = limited.test_client()
    assert guess(owner, "victim", "192.0.2.1", PASSWORD) == 302
    owner.post("/auth/logout")
    one = Counter(guess(limited.test_client(), f"user{n}", "192.0.2.2") for n in range(GUESSES))
    many = Counter(guess(limited.test_client(), "victim", f"198.51.{n}.1") for n in range(GUESSES))
    assert one == {200: 10, 429: GUESSES - 10}
    assert many == {200: 20, 429: GUESSES - 20}
    # Not even with the right password, from a browser that nobody knows; but from the owner's.
    assert guess(limited.test_client(), "victim", "203.0.113.1", PASSWORD) == 429
    assert guess(owner, "victim", "203.0.113.2", PASSWORD) == 302


def test_no_other_spelling_of_an_address_is_counted_apart(limited: Flask) -> None:
    statuses = [
        guess(limited.test_client(), SPELLINGS[n % len(SPELLINGS)], f"198.51.100.{n}")
        for n in range(2 * len(SPELLINGS))
    ]
    assert statuses == [200] * 20 + [429] * (len(statuses) - 20)
    api = limited.test_client().post(
        "/api/v1/auth/token",
        json={"username": SPELLINGS[4], "password": PASSWORD},
        environ_base={"REMOTE_ADDR": "203.0.113.9"},
    )
    assert api.status_code == 429


def forged_links(user: User, other: User) -> list[str]:
    """Return links that were not mailed to the user, made of what the attacker can get."""
    reset = credentials.signer("reset-password")
    token = str(reset.dumps([other.id, credentials.fingerprint(other)]))
    mine = credentials.signer("reset-password").dumps([user.id, "0" * 24])
    parts = {f"part{n}": part for n, part in enumerate(token.split("."))}
    parts |= {f"other{n}": part for n, part in enumerate(str(mine).split("."))}
    foreign = type(reset)("secret", salt="reset-password")
    values = {
        "id": user.id,
        "token": token,
        "swap": str(foreign.dumps([user.id, credentials.fingerprint(user)])),
        "short": token[:-3],
        "verify": str(credentials.signer("verify-email").dumps([user.id, other.email])),
        "invitation": str(credentials.signer("invitation").dumps(user.email)),
        "unsubscribe": str(credentials.signer("unsubscribe").dumps([user.id, "replies"])),
    }
    return [form.format(**values, **parts) for form in FORGED_LINKS]


def test_no_link_can_be_made_up_or_used_for_another_account(
    app: Flask, make_user: Callable[..., User]
) -> None:
    user, attacker = make_user(), make_user()
    before = user.password_hash
    form = {"new_password": NEW_PASSWORD, "confirm_password": NEW_PASSWORD}
    browser = app.test_client()
    for link in forged_links(user, attacker):
        for kind in ("reset", "verify"):
            answer = browser.post(f"/auth/{kind}/{link}", data=form)
            assert answer.status_code in (302, 308, 404, 405), (kind, link)
    db.session.refresh(user)
    assert user.password_hash == before
    assert user.email_verified_at is None


def test_a_link_works_once_and_not_after_another_change(
    app: Flask, make_user: Callable[..., User]
) -> None:
    user = make_user()
    form = {"new_password": NEW_PASSWORD, "confirm_password": NEW_PASSWORD}
    first, second = (
        str(credentials.signer("reset-password").dumps([user.id, credentials.fingerprint(user)]))
        for _ in range(2)
    )
    browser = app.test_client()
    assert browser.post(f"/auth/reset/{first}", data=form).status_code == 302
    assert browser.post(f"/auth/reset/{first}", data=form).status_code == 404
    assert browser.post(f"/auth/reset/{second}", data=form).status_code == 404


def test_a_link_leads_to_the_configured_host_whatever_was_asked(
    app: Flask, make_user: Callable[..., User]
) -> None:
    user = make_user()
    for host in HOSTS:
        for header in HOST_HEADERS:
            value = f"host={host}" if header == "Forwarded" else host
            answer = app.test_client().post(
                "/auth/reset", data={"email": user.email}, headers={header: value}
            )
            # Another site's page may not even ask.
            assert answer.status_code == (403 if header == "Origin" else 302)
            assert "evil" not in str(answer.headers)
    app.test_client().post(
        "/auth/reset", data={"email": user.email}, base_url="http://evil.example"
    )
    for asked in db.session.scalars(db.select(OutboxMessage.payload)).all():
        credentials.queue_reset_link(**asked)
    mails = db.session.scalars(db.select(OutboxMessage).where(OutboxMessage.kind == "mail")).all()
    assert mails
    for mail in mails:
        assert "http://localhost/auth/reset/" in mail.payload["text"]
        assert "evil" not in str(mail.payload)


def pending(app: Flask, user: User) -> FlaskClient:
    """Return a browser in which the password was right and the code is asked for."""
    browser = app.test_client()
    answer = browser.post("/auth/login", data={"username": user.username, "password": PASSWORD})
    assert answer.location == "/auth/second-factor"
    return browser


def test_between_password_and_code_nothing_is_open(app: Flask, people: dict[str, User]) -> None:
    browser = pending(app, people["doubled"])
    for call in reading_calls(app, {"month": utc_now().date(), "slugs": ["x"], "part": 1} | IDS):
        if ROUTES[call.endpoint] is not PUBLIC:
            assert browser.get(call.path).status_code in (302, 401), call.path
    for code in CODES:
        assert browser.post("/auth/second-factor", data={"code": code}).status_code in (422, 200)
    assert browser.get("/auth/profile").status_code == 302
    login = {"username": "doubled", "password": PASSWORD}
    for extra in ({}, {"code": ""}, {"code": "000000"}):
        answer = app.test_client().post("/api/v1/auth/token", json=login | extra)
        assert answer.status_code == 401


IDS = {
    name: 1
    for name in (
        *("post_id", "comment_id", "user_id", "topic_id", "upload_id", "revision_id", "link_id"),
        *("session_id", "message_id", "block_id", "autosave_id", "category_id", "tag_id"),
        "token_id",
    )
}


def test_a_code_opens_once_and_only_its_own_account(app: Flask, people: dict[str, User]) -> None:
    user = people["doubled"]
    code = pyotp.TOTP(second_factor.secret_of(user, "0" * 32)).now()
    other = people["known"]
    other.has_second_factor = True
    db.session.add(SecondFactor(user_id=other.id, salt="0" * 32))
    db.session.commit()
    wrong = pending(app, other).post("/auth/second-factor", data={"code": code})
    assert wrong.status_code == 422
    assert pending(app, user).post("/auth/second-factor", data={"code": code}).status_code == 302
    assert pending(app, user).post("/auth/second-factor", data={"code": code}).status_code == 422


def test_of_twenty_uses_of_a_recovery_code_at_once_one_opens(
    app: Flask, people: dict[str, User]
) -> None:
    user = people["doubled"]
    code = second_factor.add_recovery_codes(user)[0]
    db.session.commit()
    browsers = [pending(app, user) for _ in range(20)]
    barrier, statuses = threading.Barrier(20), []

    def use(browser: FlaskClient) -> None:
        barrier.wait()
        statuses.append(browser.post("/auth/second-factor", data={"code": code}).status_code)

    threads = [threading.Thread(target=use, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(statuses) == {302: 1, 422: 19}
