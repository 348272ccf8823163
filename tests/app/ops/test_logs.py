"""Log lines can be read by machines and hold no secrets."""

import json
import logging
from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from app.ops import logs


@pytest.fixture(autouse=True)
def keep_handlers() -> Iterator[None]:
    """Put the handlers of the test runner back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_request_is_one_json_line_with_its_id(
    make_app: Callable[..., Flask], capsys: pytest.CaptureFixture[str]
) -> None:
    app = make_app(log_requests=True)
    logs.configure("INFO", "json")
    app.test_client().get("/about?token=hidden", headers={"X-Request-ID": "edge-0123456789"})
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (line,) = [line for line in lines if line["log"]["logger"] == "ironpress.access"]
    assert line["http"]["request"] == {"id": "edge-0123456789", "method": "GET"}
    assert line["http"]["response"]["status_code"] == 200
    assert line["url"]["path"] == "/about"
    assert "hidden" not in json.dumps(line)


def test_people_get_text(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO", "text")
    logging.getLogger("here").warning("Look: %d", 7)
    logging.getLogger("here").debug("unseen")
    (line,) = capsys.readouterr().out.splitlines()
    assert line.endswith("WARNING here: Look: 7")


def test_a_probe_that_succeeds_is_not_worth_a_line(
    make_app: Callable[..., Flask], capsys: pytest.CaptureFixture[str]
) -> None:
    client = make_app(log_requests=True).test_client()
    logs.configure("INFO", "text")
    client.get("/healthz/live")
    client.get("/about")
    assert "healthz" not in (printed := capsys.readouterr().out)
    assert "/about" in printed


@pytest.mark.parametrize("page", ["verify", "reset"])
def test_a_token_in_an_address_is_not_logged(
    make_app: Callable[..., Flask], capsys: pytest.CaptureFixture[str], page: str
) -> None:
    client = make_app(log_requests=True).test_client()
    logs.configure("INFO", "json")
    client.get(f"/auth/{page}/hidden-token")
    printed = capsys.readouterr().out
    assert "hidden-token" not in printed
    assert f"/auth/{page}/<token>" in printed
