"""What one person sees, nobody else ever does, however the requests are mixed."""

import http.client
import multiprocessing
import os
import random
import socket
import ssl
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import pytest

from tests.stack.browser import Browser
from tests.stack.stack import ADMIN, HOST, Stack

# `make mixed` asks for the figure to reach: 100,000.
REQUESTS = int(os.environ.get("IRONPRESS_MIXED_REQUESTS", "4000"))
CLIENTS = 4
PEOPLE = ("anna_q7x", "bert_w4z")
# Most of those who come are readers, as everywhere.
VISITORS = ("",) * 6 + PEOPLE
PUBLIC = ("/", "/articles", "/about", "/archive", "/absent", "/feed.atom", "/search?q=a")
PRIVATE = ("/auth/profile", "/desk/", "/auth/login")
PAGES = PUBLIC * 3 + PRIVATE
# The edge ends a connection after 1,000 requests.
REQUESTS_OF_A_CONNECTION = 900


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


def connect(port: int, context: ssl.SSLContext) -> http.client.HTTPSConnection:
    connection = http.client.HTTPSConnection(HOST, port, timeout=20)
    raw = socket.create_connection(("127.0.0.1", port), timeout=20)
    connection.sock = context.wrap_socket(raw, server_hostname=HOST)
    return connection


def ask_many(stack: Stack, cookies: dict[str, str], requests: int, seed: int) -> int:
    """Ask for pages as one or the other over one connection; count those that showed a name."""
    chance = random.Random(seed)
    context = stack.tls()
    named = 0
    for number in range(requests):
        if number % REQUESTS_OF_A_CONNECTION == 0:
            connection = connect(stack.https_port, context)
        name, path = chance.choice(VISITORS), chance.choice(PAGES)
        headers = {"Host": f"{HOST}:{stack.https_port}", "Cookie": cookies[name]}
        connection.request("GET", path, headers={k: v for k, v in headers.items() if v})
        answer = connection.getresponse()
        body = answer.read().decode()
        assert answer.status in (200, 302, 404), (path, answer.status)
        for other in PEOPLE:
            assert other == name or other not in body, (path, name)
        if name:
            assert "hit" not in (answer.getheader("Cache-Status") or "")
            assert answer.getheader("Cache-Control") != "public, max-age=0, must-revalidate"
        named += bool(name and name in body)
    return named


def test_nobody_sees_the_page_of_someone_else(stack: Stack, cookies: dict[str, str]) -> None:
    ask = partial(ask_many, stack, cookies, REQUESTS // CLIENTS)
    with ProcessPoolExecutor(CLIENTS, multiprocessing.get_context("spawn")) as pool:
        named = sum(pool.map(ask, range(CLIENTS)))
    assert named > REQUESTS // 10
