"""Log lines can be read by machines and hold no secrets."""

import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from app.ops import logs


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[str]]]:
    """Log to a buffer; give a function that returns its lines."""
    buffer = io.StringIO()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    monkeypatch.setattr(logs.sys, "stdout", buffer)
    yield lambda: buffer.getvalue().splitlines()
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_request_is_one_json_line_with_its_id(
    make_app: Callable[..., Flask], lines: Callable[[], list[str]]
) -> None:
    app = make_app(log_requests=True)
    logs.configure("INFO", "json")
    app.test_client().get("/about?token=hidden", headers={"X-Request-ID": "edge-0123456789"})
    (line,) = [json.loads(line) for line in lines() if "ironpress.access" in line]
    assert line["http"]["request"] == {"id": "edge-0123456789", "method": "GET"}
    assert line["http"]["response"]["status_code"] == 200
    assert line["url"]["path"] == "/about"
    assert "hidden" not in json.dumps(line)


def test_people_get_text(lines: Callable[[], list[str]]) -> None:
    logs.configure("INFO", "text")
    logging.getLogger("here").warning("Look: %d", 7)
    logging.getLogger("here").debug("unseen")
    (line,) = lines()
    assert line.endswith("WARNING here: Look: 7")
