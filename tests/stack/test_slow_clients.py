"""Clients that never finish hold nothing that others need."""

import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from time import monotonic

import pytest

from tests.stack.stack import HOST, Stack
from tests.unavailable import cannot_run

SILENT = 3600  # Connected, without a TLS handshake.
HALF_A_HEADER = 400


@pytest.fixture
def address(stack: Stack) -> tuple[str, int]:
    """Give the edge's own address: the engine's proxy on the host is not what is tested."""
    networks = stack.inspect("edge")["NetworkSettings"]["Networks"]
    return networks[f"{stack.name}_outside"]["IPAddress"], 8443


@pytest.fixture
def slow_clients(stack: Stack, address: tuple[str, int]) -> Iterator[None]:
    """Hold 4,000 connections that send next to nothing."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < SILENT + HALF_A_HEADER + 500:
        cannot_run(f"This user may open {hard} files only, too few to be 4,000 clients.")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    context = stack.tls()
    with ExitStack() as held:
        for _ in range(SILENT):
            held.enter_context(socket.create_connection(address, timeout=10))
        for _ in range(HALF_A_HEADER):
            raw = socket.create_connection(address, timeout=10)
            client = held.enter_context(context.wrap_socket(raw, server_hostname=HOST))
            client.send(f"GET / HTTP/1.1\r\nHost: {HOST}\r\nX-Slow: ".encode())
        yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_4000_slow_clients_do_not_harm_the_others(stack: Stack, slow_clients: None) -> None:
    worst = 0.0
    for _ in range(50):
        started = monotonic()
        assert stack.ask("/about").status == 200
        worst = max(worst, monotonic() - started)
    assert worst < 2
    assert stack.ask("/articles?x=1").status == 200
    assert stack.inspect("edge")["RestartCount"] == 0
