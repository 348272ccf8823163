"""A reader's whole way in a real browser, in both languages, and without JavaScript."""

import re
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

import pyotp
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask
from playwright.sync_api import BrowserContext, Page

from app import db
from app.models import Comment, User
from app.models.base import utc_now
from app.services import outbox, publishing
from tests.browser.conftest import log_in
from tests.chromium import served
from tests.conftest import PASSWORD
from tests.server import free_port

NEW_PASSWORD = "Better-Horse-8"
WORDS = {
    "en-US": {
        "html": "en",
        "verify": "Confirm your e-mail address",
        "waits": "appears once it has been approved",
        "reply": "The Editor replied to you on “Of ink”",
        "reset": "Choose a new password",
    },
    "zh-CN": {
        "html": "zh-Hans",
        "verify": "确认您的邮箱",
        "waits": "审核",
        "reply": "The Editor 在《Of ink》中回复了您",
        "reset": "设置新密码",
    },
}


class Mailbox:
    """What the mail server has taken."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        mail = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 taken"


@pytest.fixture
def mailbox(blog: Flask) -> Iterator[Mailbox]:
    """Give the mailbox of a real mail server that the blog sends to."""
    box = Mailbox()
    office = Controller(box, hostname="127.0.0.1", port=free_port())
    office.start()
    blog.config["SMTP_URL"] = f"smtp+plain://127.0.0.1:{office.port}"
    yield box
    office.stop()


@pytest.fixture
def published(blog: Flask) -> Flask:
    """Give a blog that asks for verified addresses and has an article."""
    blog.config["REQUIRE_EMAIL_VERIFICATION"] = True
    with blog.app_context():
        for user in db.session.scalars(db.select(User)):
            user.email_verified_at = utc_now()
        admin = db.session.scalars(db.select(User).where(User.username == "admin")).one()
        admin.nickname = "The Editor"
        db.session.commit()
        publishing.create_post(
            author=admin, title="Of ink", content="Iron gall ink bites.", is_published=True
        )
    return blog


class Reader:
    """A person with a browser and a mailbox."""

    def __init__(self, page: Page, site: str, blog: Flask, box: Mailbox) -> None:
        self.page, self.site, self.blog, self.box = page, site, blog, box

    def press(self, form: str = "main form") -> None:
        self.page.click(f"{form} [type=submit]")
        self.page.wait_for_load_state()

    def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            self.page.fill(f"main [name={name}]", value)

    def open(self, path: str) -> None:
        self.page.goto(self.site + path)

    def read_mail(self, subject: str) -> str:
        """Let the worker send what is due; return the text of the reader's newest mail."""
        with self.blog.app_context():
            while outbox.deliver_due():
                pass
        mine = [mail for mail in self.box.mails if mail["To"] == "reader@example.org"]
        assert mine[-1]["Subject"] == subject
        body = mine[-1].get_body(("plain",))
        assert body
        return str(body.get_content())

    def follow(self, mail: str, path: str) -> None:
        """Open the first link of a mail that leads to a path."""
        found = re.search(re.escape(self.site + path) + r"\S*", mail)
        assert found, mail
        self.page.goto("about:blank")  # Else a page that differs by its anchor alone stays.
        self.page.goto(found[0])

    def give_password(self, password: str) -> None:
        self.open("/auth/login")
        self.fill(username="reader", password=password)
        self.press()

    def log_out(self) -> None:
        self.open("/auth/logout")
        self.press()


@pytest.mark.parametrize(
    ("language", "scripts"), [("en-US", True), ("zh-CN", True), ("zh-CN", False)]
)
def test_a_reader_comes_comments_is_answered_and_stays_safe(
    published: Flask,
    mailbox: Mailbox,
    open_context: Callable[..., BrowserContext],
    language: str,
    scripts: bool,
) -> None:
    words = WORDS[language]
    options = {"locale": language, "java_script_enabled": scripts}
    page, desk = open_context(**options).new_page(), open_context(**options).new_page()
    with served(published) as site:
        published.config["SITE_URL"] = site
        reader = Reader(page, site, published, mailbox)
        register_and_verify(reader, words)
        comment(reader, words)
        log_in(desk, site, "admin")
        approve(desk, site, scripts)
        answer(desk, site)
        reader.follow(reader.read_mail(words["reply"]), "/articles/of-ink")
        assert "Thank you for reading" in page.inner_text("#comments")
        search(reader)
        codes = set_up_second_factor(reader)
        reset_password(reader, words, codes)
        reader.log_out()
        reader.open("/auth/profile")
        assert "/auth/login" in page.url
        assert page.get_attribute("html", "lang") == words["html"]


def register_and_verify(reader: Reader, words: dict[str, str]) -> None:
    reader.open("/auth/register")
    reader.fill(
        username="reader",
        email="reader@example.org",
        password=PASSWORD,
        confirm_password=PASSWORD,
    )
    reader.page.check("[name=agree_terms]")
    reader.press()
    mail = reader.read_mail(words["verify"])
    reader.give_password(PASSWORD)
    assert reader.page.url.endswith("/auth/profile")  # Until then there is nothing else.
    reader.follow(mail, "/auth/verify/")
    reader.press()
    assert reader.page.locator(".notice").count() == 0


def comment(reader: Reader, words: dict[str, str]) -> None:
    reader.open("/articles/of-ink")
    reader.fill(content="How deep does it bite?")
    reader.press(".comment-form")
    assert words["waits"] in reader.page.inner_text(".flash")


def approve(desk: Page, site: str, scripts: bool) -> None:
    """Approve the only comment: by keyboard, or without scripts by its button."""
    desk.goto(f"{site}/admin/comments?state=waiting")
    if scripts:
        desk.keyboard.press("j")
        desk.keyboard.press("a")
    else:
        desk.click("[data-key=a]")
    desk.locator(".flash-success").wait_for()
    assert desk.locator(".row[id]").count() == 0


def answer(desk: Page, site: str) -> None:
    desk.goto(f"{site}/articles/of-ink")
    desk.click(".comment-actions a")
    desk.fill("#comment-content", "Thank you for reading. To the paper.")
    desk.click(".comment-form [type=submit]")
    desk.wait_for_url(re.compile("#comment-"))


def search(reader: Reader) -> None:
    reader.open("/search")
    reader.page.fill("main [name=q]", "gall")
    reader.press()
    assert "Of ink" in reader.page.inner_text("main")


def set_up_second_factor(reader: Reader) -> list[str]:
    """Switch it on, come in with a recovery code, and return the other ones."""
    reader.open("/auth/second-factor/setup")
    key = reader.page.inner_text("figcaption code").replace(" ", "")
    reader.fill(code=pyotp.TOTP(key).now(), password=PASSWORD)
    reader.press()
    codes = [item.inner_text() for item in reader.page.locator(".codes code").all()]
    assert len(codes) == 10
    reader.log_out()
    reader.give_password(PASSWORD)
    assert reader.page.url.endswith("/auth/second-factor")
    reader.fill(code=codes[0])
    reader.press()
    reader.open("/auth/security")
    assert reader.page.locator(".rows .row").count() == 1
    return codes[1:]


def reset_password(reader: Reader, words: dict[str, str], codes: list[str]) -> None:
    reader.log_out()
    reader.open("/auth/reset")
    reader.fill(email="reader@example.org")
    reader.press()
    reader.follow(reader.read_mail(words["reset"]), "/auth/reset/")
    reader.fill(new_password=NEW_PASSWORD, confirm_password=NEW_PASSWORD)
    reader.press()
    reader.give_password(NEW_PASSWORD)
    reader.fill(code=codes[0])
    reader.press()
    reader.open("/auth/profile")
    assert reader.page.url.endswith("/auth/profile")
    with reader.blog.app_context():
        assert db.session.query(Comment).filter_by(is_approved=True).count() == 2
