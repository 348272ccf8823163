"""Request smuggling and odd HTTP: edge and Gunicorn read the same requests, or refuse them."""

import http.client
import secrets
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import pytest

from tests.attack.stack.odd_http import cases, fill
from tests.attack.stack.wire import Reply, own_edge, requests_by_path, talk, web_address
from tests.stack.front import Edge
from tests.stack.stack import HOST, Stack, wait_until

TRIED = len(list(cases()))
AT_ONCE = 32
AT_ONCE_TO_GUNICORN = 4  # It has no more threads.
RUN = secrets.token_hex(3)


@dataclass(frozen=True)
class Outcome:
    """What a case's connection answered, and which of its two paths each server took for one."""

    name: str
    reply: Reply
    carrier: str
    canary: str


def send_all(prefix: str, connect: Callable[[], socket.socket], at_once: int) -> list[Outcome]:
    """Send every case over a connection of its own."""

    def send(numbered: tuple[int, tuple[str, bytes]]) -> Outcome:
        number, (name, template) = numbered
        carrier, canary = f"/{prefix}-carrier-{number}", f"/{prefix}-canary-{number}"
        with connect() as connection:
            reply = talk(connection, fill(template, HOST, carrier, canary))
        return Outcome(name, reply, carrier, canary)

    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(send, enumerate(cases())))


class Victim:
    """A reader whose every answer says which address was asked for."""

    def __init__(self, edge: Edge) -> None:
        self.edge = edge
        self.asked = 0
        self.wrong: list[tuple[str, str]] = []

    def ask_during(self, attacking: Future[Any]) -> None:
        """Ask over kept connections for as long as the others attack."""
        connection = http.client.HTTPSConnection(HOST, timeout=20)
        while not wait([attacking], timeout=0.02).done:
            if connection.sock is None:
                connection.sock = self.edge.connect()
            own = f"/victim-{RUN}-{self.asked}"
            connection.request("GET", f"/language/en?next={own}")
            answer = connection.getresponse()
            answer.read()
            self.asked += 1
            if answer.getheader("Location") != own:
                self.wrong.append((own, f"{answer.status} {answer.getheader('Location')}"))
        connection.close()


@pytest.fixture(scope="module")
def edge(stack: Stack) -> Edge:
    """Give the bundle's own edge."""
    return own_edge(stack)


@pytest.fixture(scope="module")
def attack(stack: Stack, edge: Edge) -> Iterator[tuple[list[Outcome], Victim]]:
    """Send every case to the edge while a reader asks for pages."""
    victim = Victim(edge)
    with ThreadPoolExecutor(1) as pool:
        attacking = pool.submit(send_all, f"edge-{RUN}", edge.connect, AT_ONCE)
        victim.ask_during(attacking)
        yield attacking.result(), victim


@pytest.fixture(scope="module")
def logged(
    stack: Stack, edge: Edge, attack: tuple[list[Outcome], Victim]
) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Give the requests that edge and Gunicorn have seen, by path."""
    edge.ask(f"/edge-{RUN}-end")
    web = stack.containers("web")
    wait_until(lambda: f"/edge-{RUN}-end" in requests_by_path(web, f"/edge-{RUN}-end"))
    return (
        requests_by_path([edge.container], f"/edge-{RUN}"),
        requests_by_path(web, f"/edge-{RUN}"),
    )


def test_every_request_that_gunicorn_sees_is_one_that_the_edge_saw(
    attack: tuple[list[Outcome], Victim],
    logged: tuple[dict[str, set[str]], dict[str, set[str]]],
) -> None:
    outcomes, _ = attack
    at_edge, at_gunicorn = logged
    assert len(outcomes) == TRIED >= 500
    known = {number for numbers in at_edge.values() for number in numbers}
    smuggled = [
        (outcome.name, path)
        for outcome in outcomes
        for path in (outcome.carrier, outcome.canary)
        if at_gunicorn.get(path, set()) - known
    ]
    assert smuggled == []
    # The attack has had its effect where a second request is wanted.
    assert {o.canary for o in outcomes if o.name == "row 0"} <= at_gunicorn.keys()


def test_no_other_reader_gets_an_answer_that_is_not_his(
    attack: tuple[list[Outcome], Victim],
) -> None:
    _, victim = attack
    assert victim.asked > 20
    assert victim.wrong == []


def test_no_odd_request_is_answered_with_an_error_of_the_server(
    attack: tuple[list[Outcome], Victim],
) -> None:
    outcomes, _ = attack
    failed = [
        (outcome.name, outcome.reply.statuses)
        for outcome in outcomes
        if any(status >= 500 and status not in (501, 505) for status in outcome.reply.statuses)
    ]
    assert failed == []


def test_gunicorn_alone_agrees_with_the_edge_or_one_of_them_refuses(
    stack: Stack,
    attack: tuple[list[Outcome], Victim],
    logged: tuple[dict[str, set[str]], dict[str, set[str]]],
) -> None:
    outcomes, _ = attack
    _, behind_edge = logged
    address = web_address(stack)
    raw = send_all(
        f"raw-{RUN}", lambda: socket.create_connection(address, timeout=10), AT_ONCE_TO_GUNICORN
    )
    alone = requests_by_path(stack.containers("web")[:1], f"/raw-{RUN}")
    # Without the edge the second requests of some cases arrive that it keeps away.
    kept_away = {first.name for first in outcomes if first.canary not in behind_edge}
    assert [case.name for case in raw if case.canary in alone and case.name in kept_away]
    disagree = [
        (first.name, first.reply.statuses, second.reply.statuses)
        for first, second in zip(outcomes, raw, strict=True)
        if first.carrier in behind_edge
        and second.carrier in alone
        and (first.canary in behind_edge) != (second.canary in alone)
        # Refused: nothing more was read of the connection.
        and not any(status in (400, 431) for status in second.reply.statuses)
        and not (first.canary not in behind_edge and first.reply.is_ended)
    ]
    assert disagree == []
