"""The part of `make drill` that every change must pass: what is promised whatever the machine.

How quickly it recovers is for `make drill` to say, on a quiet machine.
"""

from collections.abc import Iterator

import pytest

from tests.drills.breaking import settle
from tests.drills.drill import Drill
from tests.drills.every import FAULTS
from tests.stack.stack import Stack

SHORT = (
    "worker killed",
    "Redis frozen",
    "Redis values of another type",
    "web container killed",
    "PostgreSQL frozen",
    "PostgreSQL killed",
)


@pytest.fixture(scope="module")
def drill(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    """Have readers and writers at work, and everything as it was before at the end."""
    drill = Drill(stack, tmp_path_factory.mktemp("drill"), seed=1)
    with drill.under_load():
        yield drill
    settle(stack)


@pytest.mark.parametrize("name", SHORT)
def test_nothing_is_lost_and_readers_notice_nothing(drill: Drill, name: str) -> None:
    result = drill.suffer(FAULTS[name])
    assert result.unsafe == [], result
    assert result.requests > 0


@pytest.mark.slow
def test_every_mail_arrives_once(drill: Drill) -> None:
    drill.load.stop_ticking()
    found = drill.mails()
    assert (found.lost, found.doubled, found.faults) == (0, 0, [])
