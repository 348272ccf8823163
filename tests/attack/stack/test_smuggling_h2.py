"""Request smuggling through HTTP/2: no header or frame makes a second request behind the edge."""

import secrets
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.attack.stack.h2 import Answers, converse, pseudo
from tests.attack.stack.odd_h2 import cases, request
from tests.attack.stack.wire import own_edge, requests_by_path
from tests.stack.front import Edge
from tests.stack.stack import HOST, Stack, wait_until

TRIED = len(list(cases(HOST, "/carrier", "/canary")))
AT_ONCE = 16
RUN = secrets.token_hex(3)


@pytest.fixture(scope="module")
def edge(stack: Stack) -> Edge:
    """Give the bundle's own edge."""
    return own_edge(stack)


@pytest.fixture(scope="module")
def attack(edge: Edge) -> list[tuple[str, Answers]]:
    """Send every case over a connection of its own."""

    def send(number: int) -> tuple[str, Answers]:
        paths = f"/h2-{RUN}-carrier-{number}", f"/h2-{RUN}-canary-{number}"
        name, frames = list(cases(HOST, *paths))[number]
        return name, converse(edge, frames)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(send, range(TRIED)))


def test_http_2_makes_no_request_at_gunicorn_that_the_edge_did_not_see(
    stack: Stack, edge: Edge, attack: list[tuple[str, Answers]]
) -> None:
    assert len(attack) >= 300
    end = f"/h2-{RUN}-end"
    edge.ask(end)
    web = stack.containers("web")
    wait_until(lambda: requests_by_path(web, end))
    at_edge = requests_by_path([edge.container], f"/h2-{RUN}")
    known = {number for numbers in at_edge.values() for number in numbers}
    at_gunicorn = requests_by_path(web, f"/h2-{RUN}")
    assert {path for path, numbers in at_gunicorn.items() if numbers - known} == set()
    # The canary stands inside something else in every case: nobody may have asked for it.
    asked = {path for path in at_gunicorn if "canary" in path} - {f"/h2-{RUN}-canary"}
    foreign = {
        path
        for path in asked
        if not attack[int(path.rpartition("-")[2])][0].startswith("b':path' = ")
    }
    assert foreign == set()


def test_odd_http_2_is_answered_by_no_error_of_the_server(
    edge: Edge, attack: list[tuple[str, Answers]]
) -> None:
    failed = {
        name: answers.statuses
        for name, answers in attack
        if any(status >= 500 and status != 501 for status in answers.statuses.values())
    }
    assert failed == {}
    # What is in order is answered.
    assert converse(edge, request(pseudo("/healthz/live", HOST))).statuses == {1: 404}
    assert dict(attack)["length 0".replace("0", "b'0'")].statuses != {1: 200}
