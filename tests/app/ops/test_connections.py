"""A connection gives way to other threads as rarely as it can, and loses nothing by that."""

import socket
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from types import SimpleNamespace

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import InvalidResponseHeader

from app.ops.connections import Answer, Connection, Socket, date_line, is_sound

REQUEST = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"
Ends = tuple["CountingSocket", socket.socket]


class CountingSocket(Socket):
    """Counts what is sent, and how often it is told how to wait."""

    __slots__ = ("sent", "told")

    def sendall(self, data: bytes, flags: int = 0) -> None:  # type: ignore[override]
        self.sent = getattr(self, "sent", 0) + 1
        super().sendall(data, flags)


@pytest.fixture
def ends() -> Iterator[Ends]:
    ours, theirs = socket.socketpair()
    with CountingSocket.of(ours) as counted, theirs:
        yield counted, theirs


def answer(sock: Socket, method: str = "GET") -> Answer:
    request = SimpleNamespace(version=(1, 1), method=method, should_close=lambda: False)
    return Answer(request, sock, Config())


def test_head_and_body_go_out_together(ends: Ends) -> None:
    ours, theirs = ends
    made = answer(ours)
    made.start_response("200 OK", [("Content-Length", "5"), ("X-Own", "x")])
    made.write(b"hello")
    made.close()
    assert ours.sent == 1
    head, _, body = theirs.recv(4096).partition(b"\r\n\r\n")
    assert body == b"hello"
    assert b"Server:" not in head
    assert b"\r\nContent-Length: 5" in head
    assert b"\r\nX-Own: x" in head


def test_the_head_says_when_it_was_made_and_what_becomes_of_the_connection() -> None:
    assert date_line(0) == "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
    request = SimpleNamespace(version=(1, 0), method="GET", should_close=lambda: True)
    made = Answer(request, SimpleNamespace(), Config())  # type: ignore[arg-type]
    made.status = "404 NOT FOUND"
    status, date, connection = made.default_headers()
    assert status == "HTTP/1.0 404 NOT FOUND\r\n"
    assert parsedate_to_datetime(date.removeprefix("Date:").strip()).timestamp() > time.time() - 60
    assert connection == "Connection: close\r\n"


def test_an_answer_without_a_body_is_sent_when_it_ends(ends: Ends) -> None:
    ours, theirs = ends
    made = answer(ours, "HEAD")
    made.start_response("200 OK", [("Content-Length", "5")])
    made.close()
    assert ours.sent == 1
    assert theirs.recv(4096).endswith(b"Content-Length: 5\r\n\r\n")


def test_parts_of_unknown_length_are_framed(ends: Ends) -> None:
    ours, theirs = ends
    made = answer(ours)
    made.start_response("200 OK", [])
    for part in (b"one", b"two"):
        made.write(part)
    made.close()
    assert theirs.recv(4096).endswith(b"\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")


@pytest.mark.parametrize("value", ["a\r\nSet-Cookie: b", "a\nb", "a\0b"])
def test_no_header_smuggles_another_however_often(ends: Ends, value: str) -> None:
    for _ in range(2):
        with pytest.raises(InvalidResponseHeader):
            answer(ends[0]).start_response("200 OK", [("X-Own", value)])


@pytest.mark.parametrize(
    ("name", "value", "sound"),
    [
        ("X-Own", "x", True),
        ("X-Own", " x", False),
        ("X Own", "x", False),
        ("content-length", "5", False),
        ("Connection", "close", False),
        ("Transfer-Encoding", "chunked", False),
    ],
)
def test_what_means_something_to_the_server_is_looked_at_each_time(
    name: str, value: str, sound: bool
) -> None:
    assert is_sound(name, value) is sound


def test_what_comes_first_is_read_once_and_parsed(ends: Ends) -> None:
    ours, theirs = ends
    connection = Connection(Config(), ours, ("127.0.0.1", 1), ("127.0.0.1", 80))
    theirs.sendall(REQUEST + REQUEST)
    assert connection.wait_for_data(5)
    connection.init()
    assert next(connection.parser).path == "/"
    assert connection.has_more()
    assert next(connection.parser).path == "/"
    assert not connection.has_more()


def test_who_says_nothing_is_not_waited_for(ends: Ends) -> None:
    ours, theirs = ends
    connection = Connection(Config(), ours, ("127.0.0.1", 1), ("127.0.0.1", 80))
    began = time.monotonic()
    assert not connection.wait_for_data(1)
    assert 0.9 < time.monotonic() - began < 5
    assert not ours.getsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, 16).strip(b"\0")
    theirs.sendall(REQUEST)
    connection.init()
    assert next(connection.parser).path == "/"


def test_a_socket_is_told_what_is_new_alone(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, _ = ends
    told: list[float | None] = []
    monkeypatch.setattr(socket.socket, "settimeout", lambda _, value: told.append(value))
    ours.setblocking(True)
    ours.settimeout(None)
    assert told == []
    ours.setblocking(False)
    assert told == [0.0]
