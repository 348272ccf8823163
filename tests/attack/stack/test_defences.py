"""Defences of the edge: each is switched off, and an attack that it stops then succeeds."""

import json
import re
import secrets
import shutil
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.settings import ROOT
from tests.attack.stack.client import Client, Headers
from tests.attack.stack.wire import requests_by_path
from tests.stack.front import Edge, prepare, running_edge
from tests.stack.stack import Answer, Stack, run, wait_until

CONFIGURATION = ROOT / "deploy/nginx/conf"
ELSEWHERE = "elsewhere.example.org"


@dataclass(frozen=True)
class Target:
    """An edge that is attacked, and the application behind it."""

    edge: Edge
    stack: Stack

    def ask(self, path: str, headers: Headers = (), body: bytes | None = None) -> Answer:
        """Ask over a connection of its own."""
        with Client(self.edge) as client:
            return client.ask(path, headers, "POST" if body else "GET", body)

    def line_of(self, answer: Answer, containers: list[str]) -> dict[str, str]:
        """Return what was logged of a request, by its number."""
        number = answer.get("X-Request-ID")

        def line() -> dict[str, str] | None:
            for container in containers:
                for text in run("docker", "logs", "--since", "60s", container).splitlines():
                    if number in text:
                        found: dict[str, str] = json.loads(text)
                        return found
            return None

        found: dict[str, str] = wait_until(line)
        return found

    def reached_the_application(self, answer: Answer) -> bool:
        """Say whether the edge has let a request through."""
        return self.line_of(answer, [self.edge.container])["upstream.status"] != ""


def page_of_another_host(target: Target) -> bool:
    return target.ask("/about", [("Host", ELSEWHERE)]).status == 200


def certificate_for_another_name(target: Target) -> bool:
    context = target.stack.tls()
    context.check_hostname = False
    try:
        with (
            socket.create_connection((target.edge.address, 8443), 5) as raw,
            context.wrap_socket(raw, server_hostname=ELSEWHERE),
        ):
            return True
    except ssl.SSLError:
        return False


def chosen_address(target: Target) -> bool:
    answer = target.ask("/auth/login", [("X-Forwarded-For", "203.0.113.9")])
    line = target.line_of(answer, target.stack.containers("web"))
    return line["client.ip"] == "203.0.113.9"


def foreign_host_at_the_application(target: Target) -> bool:
    return target.ask("/auth/login", [("X-Forwarded-Host", ELSEWHERE)]).status == 400


def chosen_number_in_the_log(target: Target) -> bool:
    chosen = f"chosen-{secrets.token_hex(8)}"
    target.ask(f"/absent-{chosen}", [("X-Request-ID", chosen)])
    web = target.stack.containers("web")
    return wait_until(lambda: requests_by_path(web, f"/absent-{chosen}")) == {
        f"/absent-{chosen}": {chosen}
    }


def one_page_for_every_query(target: Target) -> bool:
    word = secrets.token_hex(6)
    return word in target.ask(f"/search?q={word}").body and word in target.ask("/search?q=x").body


def other_language_in_the_copy(target: Target) -> bool:
    path = f"/about?q={secrets.token_hex(6)}"
    target.ask(path, [("Cookie", "lang=en; lang=zh")])
    return '<html lang="en"' in target.ask(path, [("Accept-Language", "zh")]).body


def copy_for_the_signed_in(target: Target) -> bool:
    path = f"/about?q={secrets.token_hex(6)}"
    target.ask(path)
    return "hit" in target.ask(path, [("Cookie", "__Host-session=x")]).cache


def probe_from_outside(target: Target) -> bool:
    return target.ask("/healthz/ready").status == 200


def flood(target: Target) -> bool:
    with Client(target.edge) as client:
        statuses = [client.ask("/static/css/site.css").status for _ in range(260)]
    return 429 not in statuses


def flood_of_registrations(target: Target) -> bool:
    with Client(target.edge) as client:
        answers = [client.ask("/auth/register", (), "POST", b"x=y") for _ in range(12)]
        return all(target.reached_the_application(answer) for answer in answers[-2:])


def large_form_at_the_application(target: Target) -> bool:
    return target.reached_the_application(target.ask("/auth/login", (), b"x" * 100_000))


def long_header_at_the_application(target: Target) -> bool:
    return target.reached_the_application(target.ask("/auth/login", [("X", "y" * 20_000)]))


def refresh_without_the_key(target: Target) -> bool:
    network = f"{target.stack.name}_front"
    networks = json.loads(run("docker", "inspect", target.edge.container))[0]["NetworkSettings"]
    address = networks["Networks"][network]["IPAddress"]
    code = (
        "import http.client as h;"
        f"c=h.HTTPConnection('{address}',8082);c.request('GET','/about');print(c.getresponse().status)"
    )
    return target.stack.python("web", code) == "200"


def version_in_the_banner(target: Target) -> bool:
    return "/" in target.ask("/static/css/site.css").get("Server")


def error_page_in_a_frame(target: Target) -> bool:
    return not target.ask("/healthz/live").get("X-Frame-Options")


def search_words_in_the_log(target: Target) -> bool:
    word = secrets.token_hex(8)
    answer = target.ask(f"/search?q={word}")
    return word in json.dumps(target.line_of(answer, [target.edge.container]))


Attack = Callable[[Target], bool]
DEFAULT_SERVER = r"server \{\n    listen 8080 default_server.*?\n\}\n"
# What is taken out of which file (a regular expression), what stands there instead, and the attack.
MUTATIONS: list[tuple[str, str, str, Attack]] = [
    (
        "http/servers.conf",
        r"server \{\n    listen 8080 default_server.*?\n\}\n",
        "",
        page_of_another_host,
    ),
    (
        "http/servers.conf",
        r"server \{\n    listen 8080 default_server.*?\n\}\n",
        "",
        certificate_for_another_name,
    ),
    ("snippets/proxy.conf", r"proxy_set_header X-Forwarded-For .*?;", "", chosen_address),
    (
        "snippets/proxy.conf",
        r"proxy_set_header X-Forwarded-Host .*?;",
        "",
        foreign_host_at_the_application,
    ),
    ("snippets/proxy.conf", r"proxy_set_header X-Request-ID .*?;", "", chosen_number_in_the_log),
    ("snippets/page-cache.conf", r"\|\$page_query\|", "|", one_page_for_every_query),
    (
        "snippets/page-cache.conf",
        r"proxy_set_header Cookie .*?;",
        "",
        other_language_in_the_copy,
    ),
    (
        "snippets/page-cache.conf",
        r"proxy_cache_bypass \$skip_cache",
        "proxy_cache_bypass",
        copy_for_the_signed_in,
    ),
    ("http/servers.conf", r"location ~ \^/\(\?:healthz.*?\n    \}", "", probe_from_outside),
    ("http/servers.conf", r"limit_req zone=everything.*?;", "", flood),
    ("http/servers.conf", r"limit_req zone=register.*?;", "", flood_of_registrations),
    (
        "http/timeouts.conf",
        r"client_max_body_size 64k",
        "client_max_body_size 1m",
        large_form_at_the_application,
    ),
    (
        "http/timeouts.conf",
        r"large_client_header_buffers 4 16k",
        "large_client_header_buffers 4 64k",
        long_header_at_the_application,
    ),
    ("http/refresh.conf", r"return 403;", "", refresh_without_the_key),
    ("nginx.conf", r"server_tokens off", "server_tokens on", version_in_the_banner),
    ("snippets/headers.conf", r"add_header X-Frame-Options .*?;", "", error_page_in_a_frame),
    (
        "http/log.conf",
        r'"url.path":"\$logged_path"',
        '"url.path":"$request_uri"',
        search_words_in_the_log,
    ),
]
TRIED = len(MUTATIONS)


@pytest.fixture(scope="module")
def folder(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give what each of the edges reads: few requests a second are enough for every attack here."""
    folder = tmp_path_factory.mktemp("defences")
    prepare(stack, folder, EDGE_REQUESTS_PER_SECOND="5")
    return folder


@pytest.mark.parametrize(
    ("file", "defence", "instead", "attack"), MUTATIONS, ids=[row[3].__name__ for row in MUTATIONS]
)
def test_an_attack_succeeds_once_its_defence_is_switched_off(
    stack: Stack,
    folder: Path,
    tmp_path: Path,
    file: str,
    defence: str,
    instead: str,
    attack: Attack,
) -> None:
    shutil.copytree(CONFIGURATION, tmp_path / "conf")
    text, times = re.subn(
        defence, instead, (CONFIGURATION / file).read_text(encoding="utf-8"), flags=re.DOTALL
    )
    assert times, f"{file} has no such defence any more"
    (tmp_path / "conf" / file).write_text(text, encoding="utf-8")
    with running_edge(stack, folder, configuration=tmp_path / "conf") as edge:
        assert attack(Target(edge, stack))


def test_none_of_these_attacks_succeeds_as_the_edge_is(stack: Stack, folder: Path) -> None:
    with running_edge(stack, folder) as edge:
        # The flood comes last: it uses up what the others need.
        attacks = sorted({row[3] for row in MUTATIONS}, key=lambda attack: attack is flood)
        assert [attack.__name__ for attack in attacks if attack(Target(edge, stack))] == []
