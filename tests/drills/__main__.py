"""`make drill`: breaks a bundle under load and prints what each fault has cost."""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from app.settings import ROOT
from tests.drills import table
from tests.drills.breaking import settle
from tests.drills.drill import Drill
from tests.drills.every import FAULTS
from tests.drills.faults import pair
from tests.drills.result import Result
from tests.stack.stack import ADMIN, IMAGES, Stack, run


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", default="", help="parts of names, comma-separated; else all")
    parser.add_argument("--pairs", type=int, default=0, help="how many random pairs besides")
    parser.add_argument("--docs", action="store_true", help="write docs/drills.md")
    given = parser.parse_args()
    with bundle() as stack:
        return drill(stack, given)


@contextmanager
def bundle() -> Iterator[Stack]:
    """Bring a bundle up and take it down, or take the one that `IRONPRESS_KEEP` names."""
    keep = os.environ.get("IRONPRESS_KEEP")
    stack = Stack.kept(Path(keep)) if keep else Stack(Path(tempfile.mkdtemp(prefix="drill-")))
    try:
        if not stack.containers("web"):
            run(str(ROOT / "scripts/images"), *IMAGES)
            stack.start()
            stack.flask("create-admin", ADMIN[0], "chief@example.org", ADMIN_PASSWORD=ADMIN[1])
            stack.flask("seed")
        yield stack
    finally:
        if not keep:
            stack.stop()


def drill(stack: Stack, given: argparse.Namespace) -> int:
    """Run what was asked for, and say whether every promise was kept."""
    chance = Random(given.seed)
    parts = [part.strip() for part in given.faults.split(",") if part.strip()]
    chosen = [one for one in FAULTS.values() if not parts or any(p in one.name for p in parts)]
    chance.shuffle(chosen)
    chosen += [pair(*chance.sample(list(FAULTS.values()), 2)) for _ in range(given.pairs)]
    drill = Drill(stack, ROOT / "build/drill", given.seed)
    results: list[Result] = []
    with drill.under_load():
        for fault in chosen:
            results.append(drill.suffer(fault))
            print(table.line(results[-1]), flush=True)
            table.write(results, None, given.seed, docs=given.docs)
        drill.load.stop_ticking()
        mails = drill.mails()
    settle(stack)
    print(table.mail_line(mails))
    table.write(results, mails, given.seed, docs=given.docs)
    return 1 if any(one.broken for one in results) or mails.lost or mails.doubled else 0


if __name__ == "__main__":
    sys.exit(main())
