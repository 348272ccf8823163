"""A browser that trusts the local CA finds a site without a fault; another one is warned."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, Response, sync_playwright

from app.settings import ROOT
from tests.stack.stack import ADMIN, HOST, Stack, run, wait_until
from tests.unavailable import cannot_run

PAGES = ("/", "/articles", "/archive", "/about", "/search?q=a", "/auth/login", "/api/docs")
NETWORK_CHANGED = "ERR_NETWORK_CHANGED"
LEFT = "ERR_ABORTED"  # The browser gives up what it still fetches, such as an icon, for a new page.


def chromium(home: Path) -> Iterator[Browser]:
    """Start a browser whose settings are in a folder, and for which the site's host is here."""
    made = subprocess.run([ROOT / "scripts" / "browser"], capture_output=True, text=True)
    if made.returncode:
        cannot_run(f"No browser has seen the site: {made.stderr.strip()}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            env={"HOME": str(home), "PATH": "/usr/bin:/bin"},
            args=[
                "--no-sandbox", "--disable-gpu", "--disable-quic",
                "--disable-background-networking", "--disable-component-update",
                f"--host-resolver-rules=MAP {HOST} 127.0.0.1",
            ],
        )  # fmt: skip
        yield browser
        browser.close()


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[Browser]:
    """Give a browser that has never heard of the CA."""
    yield from chromium(tmp_path)


@pytest.fixture
def friend(stack: Stack, tmp_path: Path) -> Iterator[Browser]:
    """Give a browser that trusts the CA of the bundle."""
    database = tmp_path / ".pki/nssdb"
    database.mkdir(parents=True)
    if shutil.which("certutil") is None:
        subprocess.run([ROOT / "scripts" / "browser"], check=False, capture_output=True)
    store = ("certutil", "-d", f"sql:{database}")
    run(*store, "-N", "--empty-password")
    run(*store, "-A", "-n", "bundle", "-t", "C,,", "-i", str(stack.folder / "ca/ca.crt"))
    yield from chromium(tmp_path)


def visit(page: Page, address: str) -> Response:
    """Open an address; once more when containers that come and go have changed the networks."""

    def opened() -> Response | None:
        try:
            return page.goto(address)
        except Error as error:
            if NETWORK_CHANGED not in str(error):
                raise
            return None

    answer: Response = wait_until(opened)
    return answer


def watched(browser: Browser) -> tuple[Page, list[str]]:
    """Open a page; whatever its console and its requests complain about is collected."""
    page = browser.new_page()
    faults: list[str] = []

    def note(fault: str) -> None:
        if NETWORK_CHANGED not in fault and LEFT not in fault:
            faults.append(fault)

    page.on("console", lambda message: note(message.text))
    page.on("pageerror", lambda error: note(str(error)))
    page.on("requestfailed", lambda request: note(f"{request.url} {request.failure}"))
    return page, faults


def test_every_page_is_secure_and_the_console_stays_empty(stack: Stack, friend: Browser) -> None:
    page, faults = watched(friend)
    visit(page, f"{stack.origin}/articles")
    first = page.locator("main a[href^='/articles/']").first.get_attribute("href") or ""
    for path in (*PAGES, first):
        answer = visit(page, f"{stack.origin}{path}")
        assert answer.status == 200
        security = answer.security_details()
        assert security
        assert security["protocol"] == "TLS 1.3"
        assert page.evaluate("window.isSecureContext")
    assert faults == []


def test_someone_signs_in_and_writes_over_https(stack: Stack, friend: Browser) -> None:
    page, faults = watched(friend)

    def signed_in() -> bool:
        visit(page, f"{stack.origin}/auth/login")
        page.fill("[name=username]", ADMIN[0])
        page.fill("[name=password]", ADMIN[1])
        page.press("[name=password]", "Enter")
        page.wait_for_load_state()
        visit(page, f"{stack.origin}/auth/profile")
        return page.url.endswith("/auth/profile")

    wait_until(signed_in, seconds=60)
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert cookies["__Host-session"]["secure"]
    visit(page, f"{stack.origin}/desk/posts/new")
    assert page.locator("[name=title]").is_visible()
    assert faults == []


def test_plain_http_leads_a_browser_to_https(stack: Stack, friend: Browser) -> None:
    page, _ = watched(friend)
    visit(page, f"http://{HOST}:{stack.http_port}/about")
    assert page.url == f"{stack.origin}/about"


def test_who_does_not_trust_the_ca_is_warned(stack: Stack, stranger: Browser) -> None:
    with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
        stranger.new_page().goto(f"{stack.origin}/")
