"""A flood of log-ins from many addresses: who reads notices nothing, who floods gets 503."""

import http.client
import json
import secrets
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from statistics import median
from time import monotonic

import pytest

from tests.attack.figures import record
from tests.attack.stack.wire import web_addresses
from tests.stack.stack import HOST, Stack, wait_until

FLOODERS = 24  # At once; each of the web containers computes a few hashes at once.
READS = 30
TRIED = 200  # Log-ins at least; as many as fit while the reader reads.
PATIENCE = 20.0  # Seconds that a reader waits at most, on a machine under any load.
NUMBERS = count(1)


def log_in(connection: http.client.HTTPConnection) -> http.client.HTTPResponse:
    """Try a password, from an address of its own as the edge would say it."""
    number = next(NUMBERS)
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    body = json.dumps({"username": f"user{number}", "password": "Wrong-Horse-7"})
    headers = {"Host": HOST, "Content-Type": "application/json", "X-Forwarded-For": address}
    headers |= {"X-Forwarded-Proto": "https", "X-Forwarded-Host": HOST}
    connection.request("POST", "/api/v1/auth/token", body, headers)
    answer = connection.getresponse()
    answer.read()
    return answer


@contextmanager
def flood(stack: Stack) -> Iterator[Counter[int]]:
    """Log in for as long as the context lasts, past the edge and its limits; count the answers."""
    statuses: Counter[int] = Counter()
    over, lock = threading.Event(), threading.Lock()
    addresses = web_addresses(stack)

    def work(number: int) -> None:
        connection = http.client.HTTPConnection(*addresses[number % len(addresses)], timeout=60)
        while not over.is_set():
            try:
                answer = log_in(connection)
            except (OSError, http.client.HTTPException):
                connection.close()
                continue
            assert answer.status != 503 or answer.getheader("Retry-After")
            with lock:
                statuses[answer.status] += 1
        connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(FLOODERS)]
    for thread in threads:
        thread.start()
    try:
        yield statuses
    finally:
        over.set()
        for thread in threads:
            thread.join()


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_readers_are_served_during_a_flood_of_log_ins(stack: Stack) -> None:
    seconds, statuses = [], []
    with flood(stack) as answers:
        wait_until(lambda: answers[503] and answers[401], 60)
        for _ in range(READS):
            started = monotonic()
            statuses.append(stack.ask(f"/search?q={secrets.token_hex(4)}").status)
            seconds.append(monotonic() - started)
        wait_until(lambda: answers.total() >= TRIED, 60)
    assert set(statuses) == {200}
    assert max(seconds) < PATIENCE
    assert set(answers) == {401, 503}
    record(
        "log-in flood",
        tried=answers.total(),
        hashed=answers[401],
        refused=answers[503],
        reader_median_ms=round(median(seconds) * 1000),
        reader_worst_ms=round(max(seconds) * 1000),
    )
