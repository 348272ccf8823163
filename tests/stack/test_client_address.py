"""Whose word about the client's address is believed, and whose is not."""

from pathlib import Path

import pytest

from tests.stack.front import another_edge
from tests.stack.stack import Stack, wait_until

PROXY_PORT = 8453
CLIENT = "203.0.113.9"
SPOOFED = "198.51.100.7"
PROXY = f"PROXY TCP4 {CLIENT} 192.0.2.1 4711 443\r\n".encode()
# Version 2, binary: the same said as most load balancers say it.
PROXY_2 = (
    b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c"
    + bytes(map(int, CLIENT.split(".")))
    + b"\xc0\x00\x02\x01\x12\x67\x01\xbb"
)
EVERYWHERE = "172.16.0.0/12,192.168.0.0/16,10.0.0.0/8"  # Wherever the engine has its networks.
ELSEWHERE = "192.0.2.0/24"


@pytest.mark.parametrize("said", [PROXY, PROXY_2], ids=["version 1", "version 2"])
def test_a_trusted_load_balancer_says_who_the_client_is(
    stack: Stack, tmp_path: Path, said: bytes
) -> None:
    settings = {"EDGE_PROXY_PROTOCOL": "on", "EDGE_TRUSTED_PROXIES": EVERYWHERE}
    with another_edge(stack, tmp_path, **settings) as edge:
        # What the client itself claims in headers is overwritten all the same.
        status, number = edge.ask(
            "/auth/login", port=PROXY_PORT, before=said, X_Forwarded_For=SPOOFED
        )
        assert status == 200
        assert edge.client_of(number) == CLIENT
        (line,) = wait_until(
            lambda: [text for text in stack.logs("web").splitlines() if number in text]
        )
        assert CLIENT in line
        assert SPOOFED not in line


def test_nobody_else_is_believed_however_well_they_speak_the_protocol(
    stack: Stack, tmp_path: Path
) -> None:
    settings = {"EDGE_PROXY_PROTOCOL": "on", "EDGE_TRUSTED_PROXIES": ELSEWHERE}
    with another_edge(stack, tmp_path, **settings) as edge:
        status, number = edge.ask("/auth/login", port=PROXY_PORT, before=PROXY)
        assert status == 200
        assert edge.client_of(number) == edge.gateway


def test_without_the_protocol_nothing_is_answered_where_it_is_spoken(
    stack: Stack, tmp_path: Path
) -> None:
    settings = {"EDGE_PROXY_PROTOCOL": "on", "EDGE_TRUSTED_PROXIES": EVERYWHERE}
    with another_edge(stack, tmp_path, **settings) as edge, pytest.raises(OSError, match=r"."):
        edge.ask("/auth/login", port=PROXY_PORT)


def test_a_trusted_load_balancers_header_is_believed_up_to_itself(
    stack: Stack, tmp_path: Path
) -> None:
    with another_edge(stack, tmp_path, EDGE_TRUSTED_PROXIES=EVERYWHERE) as edge:
        # The client has sent the first address, the load balancer has added the second.
        _, number = edge.ask("/auth/login", X_Forwarded_For=f"{SPOOFED}, {CLIENT}")
        assert edge.client_of(number) == CLIENT


def test_anybody_elses_header_is_not(stack: Stack, tmp_path: Path) -> None:
    with another_edge(stack, tmp_path, EDGE_TRUSTED_PROXIES=ELSEWHERE) as edge:
        _, number = edge.ask("/auth/login", X_Forwarded_For=CLIENT, X_Real_IP=CLIENT)
        assert edge.client_of(number) == edge.gateway


def test_settings_that_make_no_sense_are_refused_with_a_sentence(
    stack: Stack, tmp_path: Path
) -> None:
    for name, value, sentence in [
        ("EDGE_PROXY_PROTOCOL", "on", "whose word is believed"),
        ("EDGE_TRUSTED_PROXIES", "0.0.0.0/0; return 200", "addresses or networks"),
        ("EDGE_TLS", "old", "intermediate or modern"),
        ("EDGE_FRESH_SECONDS", "1s", "whole number"),
    ]:
        with (
            pytest.raises(AssertionError, match=sentence),
            another_edge(stack, tmp_path, **{name: value}),
        ):
            pass
