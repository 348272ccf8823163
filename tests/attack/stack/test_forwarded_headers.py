"""Host and forwarded headers: nothing of them comes back, leads elsewhere or dodges a limit."""

import random
import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from tests.attack.stack.client import Client, in_parallel
from tests.attack.stack.wire import own_edge
from tests.stack.front import Edge, another_edge
from tests.stack.stack import HOST, Stack

MARK = "qxmark{0}.example.net"
# By whom each is believed, somewhere.
HEADERS = (
    ("X-Forwarded-Host", MARK),
    ("X-Forwarded-Server", MARK),
    ("X-Forwarded-For", MARK),
    ("X-Forwarded-Proto", MARK),
    ("X-Forwarded-Scheme", MARK),
    ("X-Forwarded-Protocol", MARK),
    ("X-Forwarded-Port", "64{0}77"),
    ("X-Forwarded-Prefix", "/" + MARK),
    ("X-Forwarded-Path", "/" + MARK),
    ("X-Forwarded-Uri", "/" + MARK),
    ("X-Forwarded-By", MARK),
    ("X-Forwarded", "for={0};host=" + MARK),
    ("Forwarded", 'for="[::{0}]";host=' + MARK + ";proto=http"),
    ("Forwarded-For", MARK),
    ("X-Forward-For", MARK),
    ("X-Real-IP", MARK),
    ("X-Client-IP", MARK),
    ("Client-IP", MARK),
    ("True-Client-IP", MARK),
    ("CF-Connecting-IP", MARK),
    ("Fastly-Client-IP", MARK),
    ("X-Cluster-Client-IP", MARK),
    ("X-Originating-IP", MARK),
    ("X-Remote-IP", MARK),
    ("X-Remote-Addr", MARK),
    ("X-ProxyUser-Ip", MARK),
    ("X-Host", MARK),
    ("X-HTTP-Host-Override", MARK),
    ("X-Original-Host", MARK),
    ("X-Original-URL", "/" + MARK),
    ("X-Rewrite-URL", "/" + MARK),
    ("X-Original-URI", "/" + MARK),
    ("X-Script-Name", "/" + MARK),
    ("X-URL-Scheme", MARK),
    ("Front-End-Https", "off-" + MARK),
    ("X-Backend-Host", MARK),
    ("X-Wap-Profile", "http://" + MARK + "/x"),
    ("Proxy", "http://" + MARK),
    ("Via", "1.1 " + MARK),
    ("Referer", "https://" + MARK + "/"),
    ("Origin", "https://" + MARK),
    ("Destination", "https://" + MARK),
    ("X-Request-ID", "qxmark{0}-examplenet"),
    ("Traceparent", "00-" + "4" * 30 + "{0}-" + "7" * 16 + "-01"),
    ("X-HTTP-Method-Override", "qxmark{0}"),
    ("Base-Url", "http://" + MARK),
)
ADDRESS = re.compile(r"""(?:href|src|action|content)=["'](https?://[^/"']+)""")
GROUP = 8


def paths(app: Flask, article: str) -> list[str]:
    """Return an address of every route, of which a stranger is led from some to the login page."""
    values = {
        "filename": "css/site.css", "slug": article.rpartition("/")[2], "slugs": "flask",
        "month": "2026/11", "username": "chief", "code": "en", "path": "x.png", "token": "x" * 30,
        "kind": "tag",
    }  # fmt: skip
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or set())]
    place = re.compile(r"<(?:[^:>]+:)?([^>]+)>")
    return [place.sub(lambda found: values.get(found[1], "1"), rule.rule) for rule in rules]


PATHS = paths(create_app("testing"), "/articles/x")
TRIED = len(PATHS) * len(HEADERS)


def hosts_of(body: str) -> set[str]:
    """Return the origins that a page leads to."""
    return set(ADDRESS.findall(body))


def test_no_header_comes_back_or_leads_elsewhere(stack: Stack, article: str) -> None:
    edge = own_edge(stack)
    found = paths(create_app("testing"), article)
    assert len(found) >= 40
    assert len(HEADERS) >= 40
    numbered = list(enumerate(HEADERS))

    def attack(client: Client, path: str) -> list[tuple[str, str]]:
        plain = client.ask(f"{path}?x={secrets.token_hex(4)}")
        faults = []
        for start in range(0, len(numbered), GROUP):
            given = [
                (name, value.format(number)) for number, (name, value) in numbered[start:][:GROUP]
            ]
            answer = client.ask(f"{path}?x={secrets.token_hex(4)}", given)
            shown = f"{answer.headers} {answer.body}"
            faults += [(path, name) for name, value in given if value in shown or "qxmark" in shown]
            differs = answer.status != plain.status and max(answer.status, plain.status) < 500
            if differs or hosts_of(answer.body) - hosts_of(plain.body):
                faults.append((path, f"{plain.status} {answer.status} {given}"))
            location = answer.get("Location")
            if location and not re.match(rf"/(?!/)|https://{HOST}(?::\d+)?/", location):
                faults.append((path, location))
        return faults

    assert [fault for faults in in_parallel(edge, found, attack) for fault in faults] == []


@pytest.mark.parametrize(
    "host",
    [
        "elsewhere.example.org", f"{HOST}.elsewhere.example.org", f"x.{HOST}", f"{HOST}@x", "",
        f"x@{HOST}", f"{HOST}:x", f"{HOST}/x", f"{HOST}#x", "127.0.0.1", "localhost", "web:8000",
        "[::1]", f"{HOST} x", f"{HOST},x", f"{HOST}\\x", "*", "x_y", "x" * 300,
    ],
)  # fmt: skip
def test_another_host_gets_nothing_of_the_site(stack: Stack, host: str) -> None:
    with Client(own_edge(stack)) as client:
        answer = client.ask("/auth/login", [("Host", host)])
    if answer.status == 200:  # What follows the name is left out, and shown nowhere.
        assert "x@" not in answer.body
        assert hosts_of(answer.body) <= {stack.origin}
    else:
        assert answer.status in (400, 421, 431)
        assert "Ironpress" not in answer.body or "csrf" not in answer.body


@pytest.fixture
def edge_behind_a_proxy(stack: Stack, tmp_path: Path) -> Iterator[Edge]:
    """Start an edge that believes us the client's address, and counts for itself."""
    proxies = "172.16.0.0/12,192.168.0.0/16,10.0.0.0/8"
    with another_edge(stack, tmp_path, EDGE_TRUSTED_PROXIES=proxies) as edge:
        yield edge


def test_no_header_dodges_a_limit(edge_behind_a_proxy: Edge) -> None:
    # An address that no other test has: the client's, as the load balancer adds it at the end.
    own = f"198.18.{random.randrange(256)}.{random.randrange(1, 255)}"
    started = time.monotonic()
    passed = []
    with Client(edge_behind_a_proxy) as client:
        for number, (name, _) in enumerate(HEADERS * 3):
            spoofed = f"203.0.113.{number}"
            given = [("X-Forwarded-For", f"{spoofed}, {own}")]
            if name != "X-Forwarded-For":
                given.append((name, spoofed))
            if client.ask("/auth/register", given, "POST", b"x=y").status != 429:
                passed.append(name)
    # The burst of 6, and what comes in between: 6 in a minute.
    assert 6 <= len(passed) <= 7 + (time.monotonic() - started) / 10 + 1, passed
