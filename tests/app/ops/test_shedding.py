"""Too many at once: some are served as ever, the others learn at once that they are not."""

import socket
from collections import deque
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from flask.testing import FlaskClient

from app import metrics
from app.ops import shedding
from app.ops.threads import MeasuredWorker
from app.services import site
from tests.conftest import Server

SECONDS = 30


def test_a_page_that_must_be_made_is_refused_in_a_hurry(client: FlaskClient) -> None:
    shed = metrics.requests_shed._value.get()
    with shedding.hurrying():
        answer = client.get("/search?q=x")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "Content-Security-Policy" in answer.headers
    assert "</html>" in answer.text
    assert metrics.requests_shed._value.get() == shed + 1
    assert client.get("/search?q=x").status_code == 200


def test_programs_and_chinese_readers_are_refused_in_their_language(client: FlaskClient) -> None:
    with shedding.hurrying():
        assert client.get("/api/v1/posts").json["status"] == 503
        page = client.get("/search?q=x", headers={"Accept-Language": "zh-CN"})
    assert 'lang="zh' in page.text


def test_a_kept_page_is_served_in_a_hurry(client: FlaskClient) -> None:
    client.application.config["PAGE_CACHE_LIST_SECONDS"] = 60
    site.touch()
    fresh = client.get("/articles")
    with shedding.hurrying():
        answer = client.get("/articles")
    assert (answer.status_code, answer.data) == (200, fresh.data)


def test_probes_are_answered_in_a_hurry(client: FlaskClient) -> None:
    with shedding.hurrying():
        assert client.get("/healthz/live").status_code == 200


def send(port: int, text: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
    connection.sendall(text.replace("\n", "\r\n").encode())
    return connection


def status_of(connection: socket.socket) -> str:
    with connection.makefile("rb") as answer:
        return answer.readline().decode().split()[1]


def test_a_full_line_sends_the_next_away_and_serves_who_waits(
    serve: Callable[..., Server],
) -> None:
    server = serve(WEB_CONCURRENCY="1", WEB_THREADS="1", WEB_WAITING="1")
    host = f"Host: 127.0.0.1:{server.port}\n"
    form = "Content-Type: application/x-www-form-urlencoded\nContent-Length: 9\n"
    read = f"GET /search?q=x HTTP/1.1\n{host}\n"
    # It holds the only thread for as long as its body does not come; asked for it, it has it.
    holds = send(server.port, f"POST /contact HTTP/1.1\n{host}{form}Expect: 100-continue\n\n")
    assert status_of(holds) == "100"
    waits, late = send(server.port, read), send(server.port, read)
    assert status_of(late) == "503"
    holds.sendall(b"message=x")
    assert status_of(waits) == "200"
    for connection in (holds, waits, late):
        connection.close()


@pytest.mark.parametrize(
    ("request_line", "may"),
    [
        (b"GET /search?q=x HTTP/1.1", True),
        (b"POST /contact HTTP/1.1", True),
        (b"GET /healthz/live HTTP/1.1", False),  # Else the process would be taken for dead.
        (b"", False),  # Nothing has come yet: it may be a probe.
    ],
)
def test_what_has_come_and_is_no_probe_may_be_refused(request_line: bytes, may: bool) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(request_line)
        assert shedding.may_be_refused(ours) is may


def test_a_refusal_is_a_whole_answer_to_a_request_that_nobody_reads() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"POST /contact HTTP/1.1\r\nContent-Length: 6\r\n\r\nabcdef")
        shedding.refuse(ours)
        with theirs.makefile("rb") as answer:
            head = answer.read().decode()
    assert head.startswith("HTTP/1.1 503 ")
    assert "Content-Length: 0\r\n" in head
    assert head.endswith("\r\n\r\n")


def test_with_both_lines_full_a_worker_refuses_the_next_and_counts_it_out() -> None:
    ours, theirs = socket.socketpair()
    worker = MeasuredWorker.__new__(MeasuredWorker)
    worker.most_waiting, worker.ended = 1, deque()
    worker.waiting, worker.hurrying = {object()}, {object()}
    shed = metrics.requests_shed._value.get()
    with theirs, theirs.makefile("rb") as answer:
        theirs.sendall(b"GET /search?q=x HTTP/1.1\r\n\r\n")
        refused = SimpleNamespace(sock=ours)
        worker.enqueue_req(refused)
        assert answer.read().startswith(b"HTTP/1.1 503 ")
    assert list(worker.ended) == [refused]
    assert metrics.requests_shed._value.get() == shed + 1


@pytest.mark.parametrize("left", [True, False])
def test_whoever_has_left_is_noticed(left: bool) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert not shedding.has_left(ours)
        theirs.sendall(b"more")
        assert not shedding.has_left(ours)
        assert ours.recv(4) == b"more"
        if left:
            theirs.close()
        assert shedding.has_left(ours) is left
