"""Marks are kept for the report and told to Grafana; where it is away nobody is held up."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from scripts import marks


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "FILE", tmp_path / "marks.jsonl")


def test_a_mark_is_kept_and_told_to_grafana(monkeypatch: pytest.MonkeyPatch) -> None:
    got: list[Any] = []

    class Grafana(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.path, self.headers["Authorization"], json.loads(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Grafana) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        monkeypatch.setenv("GRAFANA_URL", f"http://127.0.0.1:{server.server_port}/")
        monkeypatch.setenv("GRAFANA_TOKEN", "secret")
        marks.keep("load test ends")
        thread.join()
    (mark,) = marks.kept()
    assert mark.text == "load test ends"
    ((path, authorization, body),) = got
    assert (path, authorization) == ("/api/annotations", "Bearer secret")
    # The dashboards show what carries this tag.
    assert (body["tags"], body["text"]) == (["loadtest"], "load test ends")
    assert body["time"] == round(mark.moment * 1000)


def test_grafana_that_is_away_is_said_and_holds_nobody_up(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GRAFANA_URL", "http://127.0.0.1:9")
    marks.keep("deploy")
    assert [mark.text for mark in marks.kept()] == ["deploy"]
    assert "Grafana was not told" in capsys.readouterr().err
