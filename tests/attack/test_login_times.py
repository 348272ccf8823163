"""Log-in times: whether an account exists cannot be told by the clock (an equivalence test)."""

import http.client
import json
import math
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from statistics import median
from typing import NamedTuple
from urllib.parse import urlencode

import pytest

from app.settings import ROOT
from tests.attack.figures import record
from tests.conftest import PASSWORD
from tests.server import Server, environment

PAIRS = int(os.environ.get("IRONPRESS_PAIRS", "1500"))
WARM = 10
# Two one-sided tests at 5 % each, with means that leave out a fifth of the values at either end.
CUT, NORMAL_95 = 0.2, 1.645
# A sixteenth of production's work for a hash, so that many log-ins can be timed.
CHEAP = {"ARGON2_MEMORY_KIB": "4096"}
BOUND = 0.1  # Of the time that the known one takes: less than a hundredth of it in production.
KNOWN, UNKNOWN = "known@example.org", "other@example.org"


class Interval(NamedTuple):
    """Where the true difference lies, with 90 % certainty."""

    low: float
    high: float

    def is_within(self, bound: float) -> bool:
        """Say whether both one-sided tests hold: no difference as large as the bound."""
        return -bound < self.low and self.high < bound


def interval(differences: list[float]) -> Interval:
    """Return the interval of the trimmed mean of paired differences (Yuen)."""
    values, count = sorted(differences), len(differences)
    cut = int(count * CUT)
    kept = values[cut : count - cut]
    middle = sum(kept) / len(kept)
    winsorised = [values[cut]] * cut + kept + [values[-cut - 1]] * cut
    mean = sum(winsorised) / count
    deviation = math.sqrt(sum((value - mean) ** 2 for value in winsorised) / (count - 1))
    error = deviation / ((1 - 2 * CUT) * math.sqrt(count))
    return Interval(middle - NORMAL_95 * error, middle + NORMAL_95 * error)


def test_a_difference_of_a_tenth_would_be_seen_and_none_is_none() -> None:
    chance = Random(3)
    noise = [chance.gauss(0, 0.1) + 3 * (chance.random() < 0.05) for _ in range(300)]
    assert interval([value - chance.gauss(0, 0.1) for value in noise]).is_within(0.05)
    assert not interval([0.1 + value - chance.gauss(0, 0.1) for value in noise]).is_within(0.05)


class Stranger:
    """Somebody with a session and its form token, and nothing else."""

    def __init__(self, port: int) -> None:
        """Fetch the token."""
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.connection.request("GET", "/auth/login")
        answer = self.connection.getresponse()
        page = answer.read().decode()
        self.cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert found
        self.token = found[1]

    def close(self) -> None:
        """End the connection."""
        self.connection.close()

    def post(self, path: str, kind: str, body: str) -> tuple[int, float]:
        """Return the status of an answer, and its seconds."""
        started = time.perf_counter()
        self.connection.request("POST", path, body, {"Content-Type": kind, "Cookie": self.cookie})
        answer = self.connection.getresponse()
        answer.read()
        return answer.status, time.perf_counter() - started

    def form(self, path: str, **fields: str) -> tuple[int, float]:
        """Send a form."""
        body = urlencode({"csrf_token": self.token} | fields)
        return self.post(path, "application/x-www-form-urlencoded", body)


def log_in(who: Stranger, name: str) -> tuple[int, float]:
    return who.form("/auth/login", username=name, password="Wrong-Horse-7")


def ask_for_a_token(who: Stranger, name: str) -> tuple[int, float]:
    message = json.dumps({"username": name, "password": "Wrong-Horse-7"})
    return who.post("/api/v1/auth/token", "application/json", message)


def ask_for_a_link(who: Stranger, name: str) -> tuple[int, float]:
    return who.form("/auth/reset", email=name)


@pytest.fixture
def server(serve: Callable[..., Server], tmp_path: Path) -> Server:
    """Start the real server, and make one account that is known."""
    settings = CHEAP | {
        "RATE_LIMITS_ENABLED": "false",
        "WEB_CONCURRENCY": "1",
        "RUN_WORKER": "false",
    }
    server = serve(**settings, API_REQUESTS_PER_MINUTE="1000000")
    subprocess.run(
        [Path(sys.executable).with_name("flask"), "create-admin", "known", KNOWN],
        env=environment(server.folder, server.port, **CHEAP, ADMIN_PASSWORD=PASSWORD),
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    return server


def in_pairs(ask: Callable[[str], tuple[int, float]]) -> tuple[list[float], list[float]]:
    """Ask with a known and an unknown name by turns; return the seconds of each."""
    chance, known, unknown, statuses = Random(5), [], [], set()
    for number in range(PAIRS + WARM):
        pair = [(KNOWN, known), (UNKNOWN, unknown)]
        chance.shuffle(pair)  # What comes second may find something warm.
        for name, times in pair:
            status, seconds = ask(name)
            statuses.add(status)
            if number >= WARM:
                times.append(seconds)
    assert len(statuses) == 1
    return known, unknown


@pytest.mark.slow
@pytest.mark.parametrize(
    ("what", "asking"),
    [("log-in", log_in), ("token", ask_for_a_token), ("link to a new password", ask_for_a_link)],
)
def test_the_clock_does_not_tell_who_has_an_account(
    server: Server, what: str, asking: Callable[[Stranger, str], tuple[int, float]]
) -> None:
    with closing(Stranger(server.port)) as who:
        known, unknown = in_pairs(lambda name: asking(who, name))
    usual = median(known)
    found = interval([one - other for one, other in zip(known, unknown, strict=True)])
    record(
        f"log-in times, {what}",
        tried=2 * PAIRS,
        median_ms=round(usual * 1000, 2),
        low_ms=round(found.low * 1000, 3),
        high_ms=round(found.high * 1000, 3),
    )
    assert found.is_within(BOUND * usual), f"{found} of {usual} s"
