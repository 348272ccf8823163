"""The benchmark notices wrong answers and keeps what it measured."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path

import pytest

from scripts.bench.generator import Target, Void, ask_many, fetch
from scripts.bench.page import write_page
from scripts.bench.rows import Row


class Handler(BaseHTTPRequestHandler):
    """Answers `/same` always alike, `/other` differently after a while, all else with 404."""

    protocol_version = "HTTP/1.1"
    numbers = count()

    def do_GET(self) -> None:
        is_late = self.path == "/other" and next(self.numbers) > 20
        body = b"other" if is_late else b"right" * 20_000
        self.send_response(200 if self.path in ("/same", "/other") else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


class Server(ThreadingHTTPServer):
    """Does not mind clients that hang up."""

    def handle_error(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def port() -> Iterator[int]:
    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def test_right_answers_are_timed(port: int) -> None:
    target = Target(port, "/same")
    assert ask_many(target, 40, fetch(target)) > 0


@pytest.mark.parametrize("path", ["/other", "/missing"])
def test_a_wrong_answer_voids_the_run(port: int, path: str) -> None:
    with pytest.raises(Void):
        ask_many(Target(port, path), 80, b"right" * 20_000)


def test_the_page_shows_the_newest_of_each_figure_and_its_history(tmp_path: Path) -> None:
    history = tmp_path / "bench"
    history.mkdir()
    for number, value in enumerate((0.2, 0.7)):
        row = Row("P4", "home page", value, 0.1, 0.8, 0.6, True, "", 200, 100)
        run = {
            "commit": f"{number}" * 40,
            "measured_at": f"2026-11-2{number}T10:00:00+00:00",
            "load": 1.5,
            "rows": [row.__dict__ | {"is_reached": row.is_reached}],
        }
        (history / f"{number}.json").write_text(json.dumps(run))
    write_page(history, tmp_path)
    page = (tmp_path / "bench.md").read_text()
    assert "| P4 | home page | 0.7 |" in page
    assert "missed" not in page
    assert "111111111, 1.5" in page
    assert "<svg" in (history / "history.svg").read_text()


def test_a_figure_knows_whether_its_goal_is_reached() -> None:
    assert Row("P7", "empty view", 20, 19, 21, 25, False, "%").is_reached
    assert not Row("P4", "home page", 0.5, 0.4, 0.6, 0.6, True).is_reached
