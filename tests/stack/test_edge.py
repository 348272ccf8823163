"""The edge, from outside: TLS, hosts, headers, limits and errors."""

import http.client
import socket
import ssl
import warnings
from collections import Counter

import pytest

from tests.stack.stack import HOST, Stack, wait_until

SECURITY_HEADERS = (
    "Strict-Transport-Security",
    "Content-Security-Policy",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Embedder-Policy",
    "Cross-Origin-Resource-Policy",
    "Permissions-Policy",
    "Referrer-Policy",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "X-Request-ID",
    "X-Response-Time",
)


def handshake(stack: Stack, name: str = HOST, **versions: ssl.TLSVersion) -> tuple[str, str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context = stack.tls(**versions)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("127.0.0.1", stack.https_port), timeout=5) as raw,
        context.wrap_socket(raw, server_hostname=name) as secured,
    ):
        cipher = secured.cipher()
        assert cipher
        return cipher[0], secured.selected_alpn_protocol() or ""


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_outdated_tls_is_refused(stack: Stack, version: ssl.TLSVersion) -> None:
    with pytest.raises((ssl.SSLError, ConnectionError)):
        handshake(stack, minimum_version=ssl.TLSVersion.TLSv1, maximum_version=version)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_current_tls_is_offered_with_http_2_and_forward_secrecy(
    stack: Stack, version: ssl.TLSVersion
) -> None:
    cipher, protocol = handshake(stack, minimum_version=version, maximum_version=version)
    assert protocol == "h2"
    assert cipher.startswith(("ECDHE-", "TLS_"))
    assert "GCM" in cipher or "CHACHA20" in cipher


def test_a_name_that_is_not_ours_gets_no_certificate(stack: Stack) -> None:
    with pytest.raises(ssl.SSLError):
        handshake(stack, name="elsewhere.example.org")


def test_a_host_that_is_not_ours_is_refused_behind_our_name(stack: Stack) -> None:
    assert stack.ask("/", host="elsewhere.example.org").status == 421


def plain(stack: Stack, host: str, path: str = "/") -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", stack.http_port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": host})
        with connection.getresponse() as answer:
            return answer.status, answer.getheader("Location", "")
    finally:
        connection.close()


def test_plain_http_leads_to_the_site_by_https(stack: Stack) -> None:
    assert plain(stack, HOST, "/articles?page=2") == (301, f"{stack.origin}/articles?page=2")


def test_plain_http_for_another_host_gets_nothing(stack: Stack) -> None:
    with pytest.raises((http.client.BadStatusLine, ConnectionError)):
        plain(stack, "elsewhere.example.org")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/auth/login", 200),
        ("/absent", 404),
        ("/healthz/live", 404),
        ("/static/css/site.css", 200),
        ("/feed.atom", 200),
        ("/desk/", 302),
        ("/language/zh", 302),
    ],
)
def test_every_kind_of_answer_carries_every_header_once(
    stack: Stack, path: str, status: int
) -> None:
    for _ in range(2):  # The second one comes from the cache where there is one.
        answer = stack.ask(path)
        assert answer.status == status
        for name in SECURITY_HEADERS:
            assert len(answer.all(name)) == 1, name
        doubled = Counter(name.lower() for name, _ in answer.headers if name != "Set-Cookie")
        assert max(doubled.values()) == 1, doubled
        assert answer.get("Server") == "nginx"


@pytest.mark.parametrize("path", ["/healthz/live", "/healthz/ready", "/metrics", "//healthz/live"])
def test_probes_and_metrics_are_not_for_the_outside(stack: Stack, path: str) -> None:
    answer = stack.ask(path, Accept_Language="zh-CN,en;q=0.5")
    assert answer.status == 404
    assert "找不到页面" in answer.body


def test_a_request_id_is_made_here_and_found_in_both_logs(stack: Stack) -> None:
    answer = stack.ask("/auth/login", X_Request_ID="chosen-by-the-client")
    number = answer.get("X-Request-ID")
    assert number != "chosen-by-the-client"
    assert wait_until(lambda: number in stack.logs("web"))
    assert wait_until(lambda: number in stack.logs("edge"))


def test_a_forged_client_address_is_overwritten(stack: Stack) -> None:
    answer = stack.ask(
        "/auth/login",
        X_Forwarded_For="203.0.113.9",
        X_Real_IP="203.0.113.9",
        Forwarded="for=203.0.113.9",
        X_Forwarded_Host="elsewhere.example.org",
        X_Forwarded_Proto="http",
    )
    assert answer.status == 200
    number = answer.get("X-Request-ID")
    (line,) = wait_until(
        lambda: [line for line in stack.logs("web").splitlines() if number in line]
    )
    assert "203.0.113.9" not in line
    assert "elsewhere" not in answer.body


def test_no_query_and_no_token_gets_into_the_log(stack: Stack) -> None:
    number = stack.ask("/search?q=private-matter").get("X-Request-ID")
    stack.ask("/auth/reset/token-of-a-mail")
    assert wait_until(lambda: number in stack.logs("edge"))
    log = stack.logs("edge")
    assert "private-matter" not in log
    assert "token-of-a-mail" not in log


def test_a_body_that_is_too_large_is_refused_before_it_is_read(stack: Stack) -> None:
    answer = stack.ask("/auth/login", "POST", body=b"x" * 100_000)
    assert answer.status == 413
    assert "larger than this page accepts" in answer.body


def test_headers_that_are_too_long_are_refused(stack: Stack) -> None:
    assert stack.ask("/", X_Long="x" * 20_000).status in (400, 431)


def test_guessing_passwords_is_slowed_down(stack: Stack) -> None:
    answers = [
        stack.ask("/auth/login", "POST", body="username=chief&password=wrong") for _ in range(30)
    ]
    refused = [answer for answer in answers if answer.status == 429]
    assert refused
    assert refused[-1].get("Retry-After")
    assert stack.ask("/auth/login").status == 200


def test_a_request_that_never_ends_is_ended(stack: Stack) -> None:
    raw = socket.create_connection(("127.0.0.1", stack.https_port), timeout=20)
    with stack.tls().wrap_socket(raw, server_hostname=HOST) as client:
        client.send(f"GET / HTTP/1.1\r\nHost: {HOST}\r\nX-Slow: ".encode())
        while client.recv(4096):
            pass  # 408, or just the end.


def test_static_files_come_compressed_and_may_be_kept(stack: Stack) -> None:
    page = stack.ask("/").body
    path = page.split('href="/static/css/site.css', 1)[1].split('"', 1)[0]
    for encoding in ("br", "gzip"):
        answer = stack.ask(f"/static/css/site.css{path}", Accept_Encoding=encoding)
        assert answer.status == 200
        assert answer.get("Content-Encoding") == encoding
        assert answer.get("Cache-Control") == "public, max-age=2592000, immutable"
