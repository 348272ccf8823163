"""An author writes in a real browser, whatever happens to the connection and the site."""

import base64
import re
import socket
from collections.abc import Callable
from datetime import timedelta
from threading import Event

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page
from sqlalchemy.exc import OperationalError

from app import db
from app.models import Post
from app.models.base import utc_now
from tests.browser.conftest import log_in, picture
from tests.chromium import served

OpenContext = Callable[..., BrowserContext]

# Pictures come as a browser's own events bring them.
GIVE = """([kind, data]) => {
    const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], "sea.png", {type: "image/png"}));
    const text = document.getElementById("text");
    text.focus();
    text.setSelectionRange(text.value.length, text.value.length);
    const options = {bubbles: true, cancelable: true};
    text.dispatchEvent(kind === "paste"
        ? new ClipboardEvent("paste", {...options, clipboardData: transfer})
        : new DragEvent("drop", {...options, dataTransfer: transfer}));
}"""
WORDS = {
    "en-US": {"kept": "not saved yet", "away": "cannot be reached", "put": "is in the text"},
    "zh-CN": {"kept": "尚未保存", "away": "无法连接", "put": "已插入正文"},
}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def status(page: Page, words: str) -> None:
    """Wait until the editor says something."""
    page.locator(".desk-status", has_text=words).wait_for()


def give(page: Page, kind: str, color: str, put: str) -> None:
    """Paste or drop a picture and wait until it is in the text."""
    before = page.input_value("#text").count("/uploads/")
    page.evaluate(GIVE, [kind, base64.b64encode(picture(color)).decode()])
    page.wait_for_function(
        "(n) => document.getElementById('text').value.split('/uploads/').length - 1 > n",
        arg=before,
    )
    status(page, put)


def save(page: Page) -> None:
    page.click("[data-do=save]")
    page.wait_for_url(re.compile(r"/edit$|/articles/"))


def faults_of(page: Page) -> list[str]:
    """Collect what the browser complains about; an away server is no fault of the page."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else 0)
    return found


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
def test_an_article_is_written_while_the_site_goes_away_and_comes_back(
    blog: Flask, open_context: OpenContext, language: str
) -> None:
    words, port, context = WORDS[language], free_port(), open_context(locale=language)
    page = context.new_page()
    faults = faults_of(page)
    with served(blog, port) as site:
        log_in(page, site)
        page.goto(f"{site}/desk/posts/new")
        page.fill("[name=title]", "海边 by the sea")
        page.fill("#text", "Hello")
        page.keyboard.press("Control+a")
        page.keyboard.press("Control+b")
        assert page.input_value("#text") == "**Hello**"
        page.click("[data-mark=preview]")
        page.locator("#live-preview strong", has_text="Hello").wait_for()
        give(page, "paste", "green", words["put"])
        give(page, "drop", "navy", words["put"])
        page.locator("#live-preview img[srcset][width='900']").nth(1).wait_for()
        status(page, words["kept"])
        assert page.url.endswith("?draft=1")
        assert faults == []
    page.focus("#text")
    page.keyboard.press("Control+End")
    page.keyboard.type("Written while the site was away.")
    status(page, words["away"])
    page.close(run_before_unload=False)
    with served(blog, port) as site:
        page = context.new_page()
        faults = faults_of(page)
        page.goto(f"{site}/desk/")
        page.click(".unsaved a")
        assert "while the site" not in page.input_value("#text")
        page.click("[data-do=restore]")
        assert "Written while the site was away." in page.input_value("#text")
        save(page)
        page.goto(f"{site}/desk/posts/new")
        assert not page.is_visible("#copy-offer")
        page.goto(f"{site}/desk/")
        assert page.locator(".unsaved").count() == 0
        assert faults == []
    with blog.app_context():
        post = db.session.scalars(db.select(Post)).one()
        assert post.content.count("/uploads/") == 2
        assert post.content.endswith("Written while the site was away.")


def test_a_lost_session_costs_no_text(blog: Flask, open_context: OpenContext) -> None:
    context = open_context()
    page = context.new_page()
    with served(blog) as site:
        log_in(page, site)
        page.goto(f"{site}/desk/posts/new")
        context.clear_cookies()
        page.fill("[name=title]", "Kept")
        page.fill("#text", "Written after the session had ended.")
        status(page, "You are logged out")
        page.click("[data-do=save]")
        kept = page.locator(".kept-texts textarea").nth(1)
        assert "after the session had ended" in kept.input_value()
        log_in(page, site)
        page.goto(f"{site}/desk/posts/new")
        page.click("[data-do=restore]")
        # Once more, now with a login in another tab: the page goes on by itself.
        context.clear_cookies()
        page.fill("#text", "Written twice.")
        status(page, "You are logged out")
        other = context.new_page()
        log_in(other, site)
        page.focus("#text")
        page.keyboard.type("!")
        status(page, "not saved yet")
        save(page)
    with blog.app_context():
        assert "Written twice." in db.session.scalars(db.select(Post)).one().content


def test_a_site_without_its_database_costs_no_text(blog: Flask, open_context: OpenContext) -> None:
    away = Event()

    @blog.before_request
    def fail() -> None:
        if away.is_set():
            raise OperationalError("", {}, Exception("away"))

    page = open_context().new_page()
    with served(blog) as site:
        log_in(page, site)
        page.goto(f"{site}/desk/posts/new")
        away.set()
        page.fill("[name=title]", "Kept")
        page.fill("#text", "Written without a database.")
        status(page, "cannot be reached")
        page.click("[data-do=save]")
        assert "without a database" in page.locator(".kept-texts textarea").nth(1).input_value()
        away.clear()
        page.goto(f"{site}/desk/posts/new")
        page.click("[data-do=restore]")
        save(page)


def test_texts_are_restored_and_two_editors_meet(blog: Flask, open_context: OpenContext) -> None:
    page, other = open_context().new_page(), open_context().new_page()
    with served(blog) as site:
        log_in(page, site)
        page.goto(f"{site}/desk/posts/new")
        page.fill("[name=title]", "One")
        page.fill("#text", "First text")
        save(page)
        edit = page.url
        page.fill("#text", "Second text")
        save(page)
        page.click("main >> text=History")
        page.locator(".row-title").nth(1).click()
        page.click(".tabs a >> nth=1")
        assert page.inner_text(".diff-added ins") == "Second"
        page.click(".diff-restore button")
        assert page.input_value("#text") == "First text"
        log_in(other, site, "admin")
        other.goto(edit)
        other.fill("#text", "The editor's text")
        save(other)
        page.fill("#text", "The author's text")
        page.click("[data-do=save]")
        page.wait_for_selector(".conflict .diff")
        assert page.input_value("#text") == "The author's text"
        assert "The editor's text" in page.locator(".conflict textarea").first.input_value()
        save(page)
    with blog.app_context():
        assert db.session.scalars(db.select(Post)).one().content == "The author's text"


def test_an_article_is_shown_by_link_scheduled_and_published(
    blog: Flask, open_context: OpenContext
) -> None:
    page, reader = open_context().new_page(), open_context().new_page()
    with served(blog) as site:
        log_in(page, site)
        page.goto(f"{site}/desk/posts/new")
        page.fill("[name=title]", "Soon")
        page.fill("#text", "A secret.")
        save(page)
        edit = page.url
        page.click("main >> text=Preview links")
        page.click(".link-form button")
        link = page.get_attribute("input[readonly]", "value")
        assert link
        secret = site + link.removeprefix("http://localhost")
        reader.goto(secret)
        assert "A secret." in reader.inner_text("main")
        page.goto(edit)
        later = utc_now() + timedelta(days=1)
        page.check("[name=is_published]")
        page.fill("[name=published_at]", f"{later:%Y-%m-%dT%H:%M}")
        save(page)
        assert reader.goto(f"{site}/articles/soon").status == 404  # type: ignore[union-attr]
        page.goto(edit)
        page.fill("[name=published_at]", "")
        save(page)
        reader.goto(secret)
        assert reader.url == f"{site}/articles/soon"


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
def test_all_of_it_works_without_scripts(
    blog: Flask, open_context: OpenContext, language: str
) -> None:
    context = open_context(java_script_enabled=False, locale=language)
    page = context.new_page()
    with served(blog) as site:
        log_in(page, site)
        page.goto(f"{site}/desk/posts/new")
        assert not page.is_visible(".toolbar")
        page.fill("[name=title]", "Plain")
        page.fill("#text", "First text")
        sent = {"name": "sea.png", "mimeType": "image/png", "buffer": picture()}
        page.set_input_files("[name=picture]", sent)  # type: ignore[arg-type]
        page.click(".picture-form button")
        assert "/uploads/" in page.input_value("#text")
        with context.expect_page() as opened:
            page.click("[formtarget=_blank]")
        opened.value.wait_for_selector(".prose img[srcset]")
        opened.value.close()
        save(page)
        edit = page.url
        page.fill("#text", "Second text")
        save(page)
        page.goto(edit.replace("/edit", "/history"))
        page.locator(".row-title").nth(1).click()
        page.click(".diff-restore button")
        assert page.input_value("#text").startswith("First text")
        stale = context.new_page()
        stale.goto(edit)
        page.fill("#text", "Third text")
        save(page)
        stale.fill("#text", "Fourth text")
        stale.click("[data-do=save]")
        stale.wait_for_selector(".conflict .diff")
        stale.check("[name=is_published]")
        stale.click("[data-do=save]")
        stale.wait_for_url("**/articles/plain")
        assert "Fourth text" in stale.inner_text(".prose")
