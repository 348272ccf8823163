"""Every answer can be found in the logs by its id."""

import re

import pytest
from flask.testing import FlaskClient

PATHS = ["/", "/articles/absent", "/healthz/live", "/auth/login"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_an_id_and_its_time(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-ID"])
    assert re.fullmatch(r"\d+\.\d{4}s", answer.headers["X-Response-Time"])


def test_the_proxys_id_is_kept(client: FlaskClient) -> None:
    answer = client.get("/", headers={"X-Request-ID": "edge-0123456789"})
    assert answer.headers["X-Request-ID"] == "edge-0123456789"


@pytest.mark.parametrize("given", ["short", "x" * 65, "a b c d e f g", "<script>alert</script>"])
def test_an_id_that_is_none_is_replaced(client: FlaskClient, given: str) -> None:
    answer = client.get("/", headers={"X-Request-ID": given})
    assert answer.headers["X-Request-ID"] != given
