"""`make drill`: breaks a bundle under load and prints what each fault has cost."""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from app.settings import ROOT
from tests.drills import disks, of_clock, table
from tests.drills.breaking import settle
from tests.drills.drill import Drill
from tests.drills.every import FAULTS
from tests.drills.faults import Fault, pair
from tests.drills.result import Result
from tests.stack.prometheus import Prometheus
from tests.stack.stack import ADMIN, IMAGES, Stack, run, wait_until

# Without these no alert can be seen.
SCRAPED = {"web", "worker", "backup", "edge", "postgres", "redis", "machine", "site"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", default="", help="parts of names, comma-separated; else all")
    parser.add_argument("--pairs", type=int, default=0, help="how many random pairs besides")
    parser.add_argument("--left", action="store_true", help="those only that have no row yet")
    parser.add_argument("--minutes", type=float, default=60, help="begin no fault after so long")
    parser.add_argument("--docs", action="store_true", help="renew rows of docs/drills.md")
    given = parser.parse_args()
    with bundle() as stack:
        return drill(stack, given)


@contextmanager
def bundle(*, own_disks: bool = True) -> Iterator[Stack]:
    """Bring a bundle up and take it down, or take the one that `IRONPRESS_KEEP` names.

    On disks of its own, small ones, where they can be had.
    """
    keep = os.environ.get("IRONPRESS_KEEP")
    stack = Stack.kept(Path(keep)) if keep else Stack(Path(tempfile.mkdtemp(prefix="drill-")))
    try:
        if not stack.containers("web"):
            run(str(ROOT / "scripts/images"), *IMAGES)
            if own_disks and os.getuid() == 0 and not disks.are_there(stack):
                disks.lay(stack)
            stack.more = {"PROFILE": ""}
            stack.start()
            stack.flask("create-admin", ADMIN[0], "chief@example.org", ADMIN_PASSWORD=ADMIN[1])
            stack.flask("seed")
        yield stack
    finally:
        if not keep:
            stack.script("bundle", "down", "--volumes", "--timeout", "5")
            disks.remove(stack)
            stack.stop()


def chosen(stack: Stack, given: argparse.Namespace) -> list[Fault]:
    """Return the faults to run, in the seed's order."""
    chance = Random(given.seed)
    possible = [one for one in FAULTS.values() if disks.are_there(stack) or not one.needs_disks]
    parts = [part.strip() for part in given.faults.split(",") if part.strip()]
    faults = [one for one in possible if not parts or any(part in one.name for part in parts)]
    if given.left and table.KEPT.exists():
        kept = {row["fault"] for row in json.loads(table.KEPT.read_text("utf-8"))["faults"]}
        faults = [one for one in faults if one.name not in kept]
    chance.shuffle(faults)
    # Bringing a release takes as long as all the rest: none beside something else.
    short = [one for one in possible if not one.name.startswith("release")]
    return faults + [pair(*chance.sample(short, 2)) for _ in range(given.pairs)]


def drill(stack: Stack, given: argparse.Namespace) -> int:
    """Run what was asked for, and say whether every promise was kept."""
    faults = chosen(stack, given)
    if os.getuid() == 0:
        of_clock.lay(stack)
    prometheus = Prometheus(stack, Path(tempfile.mkdtemp(prefix="drill-")) / "monitoring")
    prometheus.start()
    wait_until(lambda: set(prometheus.targets()) >= SCRAPED, 60)
    drill = Drill(stack, ROOT / "build/drill", given.seed, prometheus)
    results: list[Result] = []
    rows: list[dict[str, Any]] = []
    table.commit()
    end = monotonic() + given.minutes * 60
    with drill.under_load():
        for fault in faults:
            if monotonic() > end:
                print(f"Time is over; not run: {fault.name} and what follows it")
                break
            results.append(drill.suffer(fault))
            rows.append(table.kept(results[-1], given.seed))
            print(table.line(results[-1]), flush=True)
            table.write(rows, None, docs=given.docs)
        drill.load.stop_ticking()
        mails = drill.mails()
    settle(stack)
    print(table.mail_line(mails))
    table.write(rows, mails, docs=given.docs)
    return 1 if any(one.broken for one in results) or mails.lost or mails.doubled else 0


if __name__ == "__main__":
    sys.exit(main())
