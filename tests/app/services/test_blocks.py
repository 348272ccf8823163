"""Spam is held back without any service outside, and people are not."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.extensions import db
from app.models import AuditEntry, Block, Comment, Post, Role, User
from app.services import accounts, audit, blocks, comments, mail
from app.services.errors import Forbidden, Invalid

MakeUser = Callable[..., User]
PASSWORD = "Correct-Horse-7"


@pytest.fixture
def block(make_user: MakeUser) -> Callable[[str, str], Block]:
    """Give a function that blocks something."""
    editor = make_user(Role.EDITOR)
    return lambda kind, value: blocks.add_block(kind=kind, value=value, actor=editor)


@pytest.fixture
def known(
    make_user: MakeUser, make_post: Callable[..., Post], make_comment: Callable[..., Comment]
) -> User:
    """Give a reader whose comments need no approval."""
    reader = make_user(Role.GUEST)
    make_comment(make_post(slug="a"), reader)
    return reader


@pytest.mark.parametrize(
    ("content", "appears"),
    [
        ("A fine article.", True),
        ("See https://a.example/ and https://b.example/ and www.c.example", True),
        ("https://a.example https://b.example https://c.example www.d.example", False),
        ("Come to my CASINO now", False),
        ("[look](https://shop.spam.example/x)", False),
        ("See https://spam.example:8080", False),
        ("See https://notspam.example", True),
    ],
)
def test_what_looks_like_spam_waits_whoever_wrote_it(
    known: User, block: Callable[[str, str], Block], content: str, appears: bool
) -> None:
    block("word", "Casino")
    block("host", "spam.example")
    added = comments.add_comment(slug="a", author=known, content=content)
    assert added.is_approved is appears


def test_editors_may_quote_spam(
    known: User, make_user: MakeUser, block: Callable[[str, str], Block]
) -> None:
    block("word", "casino")
    editor = make_user(Role.EDITOR)
    assert comments.add_comment(slug="a", author=editor, content="No casino!").is_approved


@pytest.mark.parametrize(
    ("email", "welcome"),
    [
        ("eve@example.org", False),
        ("EVE@example.org", False),
        ("ann@example.org", True),
        ("ann@throwaway.example", False),
        ("ann@mx.throwaway.example", False),
        ("ann@notthrowaway.example", True),
    ],
)
def test_nobody_registers_with_a_blocked_address(
    app: Flask, block: Callable[[str, str], Block], email: str, welcome: bool
) -> None:
    block("email", "eve@example.org")
    block("host", "throwaway.example")
    if welcome:
        accounts.register(username="ann", email=email, password=PASSWORD)
        return
    with pytest.raises(Invalid) as caught:
        accounts.register(username="ann", email=email, password=PASSWORD)
    assert set(caught.value.fields) == {"email"}


def test_nothing_is_taken_from_a_blocked_network(
    known: User, block: Callable[[str, str], Block]
) -> None:
    block("network", "192.0.2.7/24")
    block("network", "2001:db8::/32")
    message = {"name": "Eve", "email": "eve@example.org", "message": "Hello there, hello."}
    for address in ("192.0.2.200", "2001:db8:1::1"):
        audit.origin.set(address)
        with pytest.raises(Forbidden):
            accounts.register(username="eve", email="eve@example.org", password=PASSWORD)
        with pytest.raises(Forbidden):
            comments.add_comment(slug="a", author=known, content="Hello")
        with pytest.raises(Forbidden):
            mail.send_contact_message(**message)
    audit.origin.set("198.51.100.1")
    assert comments.add_comment(slug="a", author=known, content="Hello").is_approved


@pytest.mark.parametrize(
    ("kind", "value"),
    [("word", "x"), ("email", "nobody"), ("host", "http://a.example"), ("network", "home")],
)
def test_nonsense_does_not_come_on_the_list(
    app: Flask, block: Callable[[str, str], Block], kind: str, value: str
) -> None:
    with pytest.raises(Invalid):
        block(kind, value)
    assert blocks.list_blocks() == []


def test_the_list_is_kept_by_editors_and_logged(
    log_in: Callable[..., FlaskClient], make_user: MakeUser
) -> None:
    client = log_in(make_user(Role.EDITOR))
    form = {"kind": "word", "value": "Casino"}
    assert client.post("/admin/blocks", data=form).status_code == 302
    assert "on the list already" in client.post("/admin/blocks", data=form).text
    entry = db.session.query(Block).one()
    assert "casino" in client.get("/admin/blocks").text
    assert client.post(f"/admin/blocks/{entry.id}/remove").status_code == 302
    assert client.post(f"/admin/blocks/{entry.id}/remove").status_code == 404
    acts = [row.action for row in db.session.query(AuditEntry).order_by(AuditEntry.id)]
    assert acts == ["block.add", "block.remove"]
    with pytest.raises(Forbidden):
        blocks.add_block(kind="word", value="casino", actor=make_user())
