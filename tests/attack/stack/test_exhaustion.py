"""Denial of service: what one client asks for costs the others nothing, and memory has an end."""

import json
import secrets
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest

from tests.attack.stack.client import Client
from tests.attack.stack.h2 import (
    CONTINUATION,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    PING,
    PREFACE,
    RESET,
    SETTINGS,
    block,
    connect,
    converse,
    frame,
    pseudo,
)
from tests.attack.stack.wire import talk
from tests.stack.front import Edge, another_edge
from tests.stack.stack import HOST, Stack, run, wait_until

MIB = 1 << 20
SLOW = 40  # More than the application has threads.
PATIENCE = 20.0  # Seconds that another reader waits at most, on a machine under any load.
# What one request may bring: each is answered by less than the server's own error, at once.
ODD_SIZES = {
    "1,000 ranges": (b"Range: bytes=" + b",".join(b"%d-%d" % (n, n) for n in range(1000)), b""),
    "overlapping ranges": (b"Range: bytes=" + b",".join([b"0-"] * 1000), b""),
    "1,000 cookies": (b"Cookie: " + b"; ".join(b"c%d=x" % n for n in range(1000)), b""),
    "60 long headers": (b"\r\n".join(b"X-%d: " % n + b"x" * 1000 for n in range(60)), b""),
    "1,000 languages": (b"Accept-Language: " + b",".join([b"zz;q=0.1"] * 1000), b""),
    "1,000 kinds": (b"Accept: " + b",".join([b"a/b;q=0.1"] * 1000), b""),
    "1,000 tags": (b"If-None-Match: " + b",".join([b'W/"x"'] * 1000), b""),
    "5,000 fields": (b"", b"&".join(b"f%d=x" % n for n in range(5000))),
    "one field 5,000 times": (b"", b"&".join([b"a=x"] * 5000)),
    "colliding names": (b"", b"&".join(b"%s=" % (b"Ez" * n) for n in range(1, 200))),
    "percent signs": (b"", b"a=" + b"%" * 60_000),
    "deep names": (b"", b"a" + b"[x]" * 10_000 + b"=1"),
    "parts": (
        b"Content-Type: multipart/form-data; boundary=b",
        b"".join(
            b'--b\r\nContent-Disposition: form-data; name="f%d"\r\n\r\n\r\n' % n for n in range(900)
        )
        + b"--b--\r\n",
    ),
    "a boundary that never ends": (
        b"Content-Type: multipart/form-data; boundary=" + b"-" * 60,
        b"-" * 60_000,
    ),
    "a part's endless head": (
        b"Content-Type: multipart/form-data; boundary=b",
        b"--b\r\nContent-Disposition: " + b"x" * 60_000,
    ),
    "deep JSON": (b"Content-Type: application/json", b"[" * 60_000),
    "large numbers": (b"Content-Type: application/json", b'{"a": ' + b"9" * 60_000 + b"}"),
}
H2_FLOODS = {
    "rapid reset": b"".join(
        frame(HEADERS, END_STREAM | END_HEADERS, n, block(pseudo("/about?x", HOST)))
        + frame(RESET, 0, n, b"\0\0\0\x08")
        for n in range(1, 4000, 2)
    ),
    "continuations": frame(HEADERS, END_STREAM, 1, block(pseudo("/about", HOST)))
    + frame(CONTINUATION, 0, 1, block([(b"x", b"y" * 1000)])) * 2000,
    "empty continuations": frame(HEADERS, END_STREAM, 1, block(pseudo("/about", HOST)))
    + frame(CONTINUATION, 0, 1) * 20_000,
    "pings": frame(PING, 0, 0, bytes(8)) * 20_000,
    "settings": frame(SETTINGS, 0, 0, b"\0\4\0\0\xff\xff") * 20_000,
    "header bomb": frame(
        HEADERS,
        END_STREAM | END_HEADERS,
        1,
        block(pseudo("/about", HOST)) + b"\x40\x01x\x7f\x81\x1e" + b"y" * 4000 + b"\xbe" * 8000,
    ),
}
TRIED = len(ODD_SIZES) + len(H2_FLOODS) + 3


@pytest.fixture(scope="module")
def edge(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    """Start an edge of its own, so that the limits of the bundle's are left for other tests."""
    settings = {
        "EDGE_CONNECTIONS": "1000",
        "EDGE_REQUESTS_PER_SECOND": "10000",
    }
    with another_edge(stack, tmp_path_factory.mktemp("exhaustion"), **settings) as edge:
        yield edge


def memory(container: str) -> int:
    """Return the bytes that a container holds, without what the kernel may take back."""
    (stats,) = json.loads(
        "[" + run("docker", "stats", "--no-stream", "--format", "{{json .}}", container) + "]"
    )
    number, unit = stats["MemUsage"].split(" / ")[0], 1
    for name, size in (("KiB", 1 << 10), ("MiB", MIB), ("GiB", 1 << 30), ("B", 1)):
        if number.endswith(name):
            number, unit = number.removesuffix(name), size
            break
    return int(float(number) * unit)


@contextmanager
def others_are_served(edge: Edge) -> Iterator[None]:
    """Hold that another reader gets a page that is kept, and in time one of the application."""
    yield
    with Client(edge) as client:
        assert client.ask("/about").status == 200
        # What is more than the application can do at this moment it sends away.
        wait_until(
            lambda: client.ask(f"/auth/login?x={secrets.token_hex(4)}").status == 200, PATIENCE
        )


@pytest.mark.parametrize("name", ODD_SIZES)
def test_what_is_large_or_many_is_answered_at_once(edge: Edge, name: str) -> None:
    header, body = ODD_SIZES[name]
    method = b"POST /beacon/1" if body else b"GET /static/css/site.css"
    lines = [method + b" HTTP/1.1", b"Host: " + HOST.encode(), b"Connection: close"]
    if header:
        lines.append(header)
    if body:
        lines.append(b"Content-Length: %d" % len(body))
    started = time.monotonic()
    with others_are_served(edge), edge.connect() as client:
        reply = talk(client, b"\r\n".join(lines) + b"\r\n\r\n" + body)
    assert len(reply.statuses) == 1
    assert reply.statuses[0] < 500
    assert len(reply.content) < MIB
    assert time.monotonic() - started < 3 * PATIENCE


@pytest.mark.parametrize("name", H2_FLOODS)
def test_a_flood_of_http_2_frames_is_ended_and_costs_no_memory(edge: Edge, name: str) -> None:
    before = memory(edge.container)
    with others_are_served(edge):
        for _ in range(3):
            converse(edge, H2_FLOODS[name], wanted=5000, seconds=2)
    assert memory(edge.container) - before < 32 * MIB


def slow_form(edge: Edge, held: ExitStack) -> ssl.SSLSocket:
    client = held.enter_context(edge.connect())
    head = f"POST /contact HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 100\r\n\r\nname="
    client.sendall(head.encode())
    return client


def test_forms_that_never_end_hold_no_thread_of_the_application(edge: Edge) -> None:
    with ExitStack() as held:
        for _ in range(SLOW):
            slow_form(edge, held)
        with others_are_served(edge):
            pass


def test_readers_who_never_read_hold_no_thread_of_the_application(edge: Edge, article: str) -> None:
    with ExitStack() as held:
        for _ in range(SLOW):
            raw = held.enter_context(socket.socket())
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            raw.connect((edge.address, 8443))
            client = held.enter_context(edge.stack.tls().wrap_socket(raw, server_hostname=HOST))
            request = f"GET {article}?x={secrets.token_hex(4)} HTTP/1.1\r\nHost: {HOST}\r\n\r\n"
            with suppress(OSError):
                client.sendall(request.encode() * 10)
        with others_are_served(edge):
            pass


def test_streams_that_never_read_hold_no_thread_of_the_application(edge: Edge) -> None:
    with ExitStack() as held:
        for _ in range(4):
            client = held.enter_context(connect(edge))
            # No window: nothing of an answer may be sent.
            frames = PREFACE + frame(SETTINGS, 0, 0, b"\0\4\0\0\0\0")
            for stream in range(1, 101, 2):
                pairs = pseudo(f"/auth/login?x={stream}", HOST)
                frames += frame(HEADERS, END_STREAM | END_HEADERS, stream, block(pairs))
            client.sendall(frames)
        with others_are_served(edge):
            pass
