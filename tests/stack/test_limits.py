"""How often, how much at once and how large: every limit of the edge is met and answered."""

import http.client
import ssl
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.stack.front import Edge, another_edge
from tests.stack.stack import HOST, Stack, run, wait_until

CONNECTIONS = 8
MIB = 1 << 20


@pytest.fixture(scope="module")
def edge(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    """Start an edge with low limits; what they are by default stands in the configuration."""
    settings = {
        "EDGE_REQUESTS_PER_SECOND": "20",
        "EDGE_API_REQUESTS_PER_SECOND": "2",
        "EDGE_LOGINS_PER_MINUTE": "20",
        "EDGE_CONNECTIONS": str(CONNECTIONS),
    }
    with another_edge(stack, tmp_path_factory.mktemp("limits"), **settings) as edge:
        yield edge


def connection(edge: Edge) -> http.client.HTTPSConnection:
    opened = http.client.HTTPSConnection(HOST, timeout=20)
    opened.sock = edge.connect()
    return opened


def ask_often(edge: Edge, times: int, method: str, path: str) -> Counter[int]:
    """Ask again and again over one connection; count the statuses."""
    seen: Counter[int] = Counter()
    opened = connection(edge)
    for _ in range(times):
        if opened.sock is None:  # The edge has ended it.
            opened.sock = edge.connect()
        opened.request(method, path, body=b"x=y" if method == "POST" else None)
        answer = opened.getresponse()
        answer.read()
        seen[answer.status] += 1
        if answer.status == 429:
            assert answer.getheader("Retry-After")
    opened.close()
    return seen


@pytest.mark.parametrize(
    ("method", "path", "burst"),
    [
        ("POST", "/auth/login", 10),
        ("POST", "/auth/register", 6),
        ("POST", "/articles/any/comments", 6),
        ("GET", "/api/v1/status", 100),
        ("GET", "/about", 200),
    ],
)
def test_who_asks_too_often_is_told_to_wait(
    stack: Stack, edge: Edge, method: str, path: str, burst: int
) -> None:
    # The burst is let through at once, less what the tests before have taken of it.
    seen = ask_often(edge, burst + 60, method, path)
    assert 0 < seen[429] < seen.total(), seen


def test_reading_the_form_costs_nothing_of_the_senders_allowance(edge: Edge) -> None:
    assert ask_often(edge, 12, "POST", "/auth/register")[429] > 0
    wait_until(lambda: ask_often(edge, 1, "GET", "/auth/register")[200])


def half_a_form(client: ssl.SSLSocket) -> None:
    """Send a header that announces more than ever comes, where no other test has asked often."""
    head = f"POST /contact HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 100\r\n\r\nusername="
    client.sendall(head.encode())


def test_too_many_at_once_from_one_address_are_refused(stack: Stack, edge: Edge) -> None:
    def are_refused() -> bool:
        # Again from the beginning: a form that was refused for coming too soon holds no place.
        with ExitStack() as held:
            for _ in range(CONNECTIONS):
                half_a_form(held.enter_context(edge.connect()))
            return any(edge.ask("/contact")[0] == 429 for _ in range(3)) and is_logged()

    def is_logged() -> bool:
        return "limiting connections by zone" in run("docker", "logs", edge.container)

    assert wait_until(are_refused, seconds=60)
    assert wait_until(lambda: edge.ask("/contact")[0] == 200)


def test_a_body_that_never_ends_is_ended(stack: Stack, edge: Edge) -> None:
    with edge.connect() as client:
        half_a_form(client)
        client.settimeout(25)
        assert client.recv(100) == b""
    ended = '"http.response.status_code":408'
    assert wait_until(lambda: ended in run("docker", "logs", edge.container))


@pytest.mark.parametrize(
    ("path", "largest"),
    [
        ("/auth/login", 64 << 10),
        ("/desk/posts/new", 21 * MIB),
        ("/api/v1/posts", 20 * MIB),
        ("/upload/image", 20 * MIB),
    ],
)
def test_each_route_has_its_own_largest_body(
    stack: Stack, edge: Edge, path: str, largest: int
) -> None:
    def status(size: int) -> int:
        """Announce a body; what is too large is refused before any of it is sent."""
        opened = connection(edge)
        opened.putrequest("POST", path)
        opened.putheader("Content-Length", str(size))
        opened.putheader("Expect", "100-continue")
        opened.endheaders()
        line = opened.sock.recv(15)
        opened.close()
        return int(line.split()[1])

    assert status(largest + 1) == 413
    assert status(largest) == 100
