"""Every fault: how it comes, how it goes, and what readers and writers may notice of it.

A fault is a context: inside it the bundle is broken. What heals by itself is left at once.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass

from tests.stack.stack import Stack

EVERYONE = frozenset(("anonymous", "signed in", "api", "form", "comment"))
READERS = frozenset(("anonymous", "signed in"))
ANONYMOUS = frozenset(("anonymous",))
NOBODY: frozenset[str] = frozenset()
HOLD_SECONDS = 5.0


@dataclass(frozen=True)
class Fault:
    """A fault and what is promised meanwhile.

    No request of those who are `spared` fails; `recovers` is the time (s) until everybody is
    served again once the part is back, or since the fault where nothing has to come back first.
    `alert` names those that must fire meanwhile (comma-separated), where it lasts long enough.
    """

    name: str
    spared: frozenset[str]
    recovers: float
    alert: str
    hold: float
    during: Callable[[Stack], AbstractContextManager[None]]
    # It wants disks that can be filled, which take root and a bundle of the drill's own.
    needs_disks: bool = False


FAULTS: dict[str, Fault] = {}


def fault(
    name: str,
    *,
    spares: frozenset[str],
    recovers: float,
    alert: str = "",
    hold: float = HOLD_SECONDS,
    needs_disks: bool = False,
) -> Callable[[Callable[[Stack], Iterator[None]]], Callable[[Stack], Iterator[None]]]:
    """File a generator as a fault."""

    def file(steps: Callable[[Stack], Iterator[None]]) -> Callable[[Stack], Iterator[None]]:
        FAULTS[name] = Fault(
            name, spares, recovers, alert, hold, contextmanager(steps), needs_disks
        )
        return steps

    return file


def pair(one: Fault, other: Fault) -> Fault:
    """Join two faults into one that has both at once."""

    @contextmanager
    def both(stack: Stack) -> Iterator[None]:
        with ExitStack() as faults:
            faults.enter_context(one.during(stack))
            faults.enter_context(other.during(stack))
            yield

    return Fault(
        f"{one.name} + {other.name}",
        one.spared & other.spared,
        one.recovers + other.recovers,
        ", ".join(filter(None, (one.alert, other.alert))),
        max(one.hold, other.hold),
        both,
        one.needs_disks or other.needs_disks,
    )
