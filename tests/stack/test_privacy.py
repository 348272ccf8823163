"""What one person sees, nobody else ever does, however the requests are mixed."""

import http.client
import os
import random
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.stack.browser import Browser
from tests.stack.stack import ADMIN, HOST, Stack

# More on request: the figure to reach is 100,000.
REQUESTS = int(os.environ.get("IRONPRESS_MIXED_REQUESTS", "4000"))
THREADS = 4
PEOPLE = ("anna_q7x", "bert_w4z")
PUBLIC = ("/", "/articles", "/about", "/archive", "/absent", "/feed.atom", "/search?q=a")
PRIVATE = ("/auth/profile", "/desk/", "/auth/login")


@pytest.fixture(scope="module")
def cookies(stack: Stack) -> dict[str, str]:
    """Sign two people in; give the cookies by name, and none for an anonymous reader."""
    found = {"": ""}
    for name in PEOPLE:
        stack.flask("create-admin", name, f"{name}@example.org", ADMIN_PASSWORD=ADMIN[1])
        browser = Browser(stack)
        browser.log_in(name, ADMIN[1])
        found[name] = "; ".join(f"{key}={value}" for key, value in browser.cookies.items())
    return found


def ask_many(stack: Stack, cookies: dict[str, str], seed: int) -> int:
    """Ask for pages as one or the other over one connection; count those that showed a name."""
    chance = random.Random(seed)
    connection = http.client.HTTPSConnection(HOST, stack.https_port, timeout=20)
    named = 0
    for number in range(REQUESTS // THREADS):
        if number % 500 == 0:  # The edge ends a connection after 1,000 requests.
            connection.close()
            raw = socket.create_connection(("127.0.0.1", stack.https_port), timeout=20)
            connection.sock = stack.tls().wrap_socket(raw, server_hostname=HOST)
        name = chance.choice(list(cookies))
        path = chance.choice(PUBLIC * 3 + PRIVATE)
        headers = {"Host": f"{HOST}:{stack.https_port}", "Cookie": cookies[name]}
        connection.request("GET", path, headers={k: v for k, v in headers.items() if v})
        answer = connection.getresponse()
        body = answer.read().decode()
        assert answer.status < 500
        for other in PEOPLE:
            assert other == name or other not in body, (path, name)
        if name:
            assert "hit" not in (answer.getheader("Cache-Status") or "")
            assert answer.getheader("Cache-Control") != "public, max-age=0, must-revalidate"
        named += bool(name and name in body)
    connection.close()
    return named


def test_nobody_sees_the_page_of_someone_else(stack: Stack, cookies: dict[str, str]) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        seen = pool.map(lambda seed: ask_many(stack, cookies, seed), range(THREADS))
    assert sum(seen) > REQUESTS // 10
