"""`make upgrade-drill`: the release before, this one, the one before again, this one, under load.

The bundle starts as the release before has made it: its code, its tables. Nobody may notice that
the tables change under it, nor that its code comes back on the tables of this release.
"""

import argparse
import io
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.settings import ROOT
from tests.drills import table
from tests.drills.drill import Drill
from tests.drills.faults import EVERYONE, Fault
from tests.drills.table import keep, stamp
from tests.release_before.test_release_before import FIRST, git
from tests.stack.stack import ADMIN, IMAGES, TAG, Stack, run

BEFORE = "release-before"
# The release before runs with today's packages, as in tests/release_before, and with nothing that
# was compiled of today's code. The one that stands for it takes LOG_LEVEL_FILE for a secret's file.
DOCKERFILE = f"""FROM ironpress-app:{TAG}
USER 0
RUN ["python3.13", "-c", "import shutil; shutil.rmtree('/srv/ironpress/app'); \\
    shutil.rmtree('/srv/ironpress/__pycache__')"]
COPY before.pth /usr/local/lib/python3.13/dist-packages/
COPY app /srv/ironpress/app
COPY gunicorn.conf.py /srv/ironpress/
USER 10001:0
"""
AT_EVERY_START = "import os; os.environ.pop('LOG_LEVEL_FILE', None)\n"


def main() -> int:
    """Go forth and back, print and keep what each step has cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="before", default="", help="commit or tag; else the newest")
    parser.add_argument("--docs", action="store_true", help="renew docs/upgrade.json")
    given = parser.parse_args()
    commit = given.before or newest_release()
    run(str(ROOT / "scripts/images"), *IMAGES)
    build(commit)
    stack = Stack(Path(tempfile.mkdtemp(prefix="drill-")), more={"TAG": BEFORE})
    try:
        stack.start()
        stack.flask("create-admin", ADMIN[0], "chief@example.org", ADMIN_PASSWORD=ADMIN[1])
        return go(stack, commit, docs=given.docs)
    finally:
        stack.stop()


def newest_release() -> str:
    """Return the newest release that is not this very commit."""
    tags = git("tag", "--list", "v*", "--merged", "HEAD~1", "--sort", "-version:refname").stdout
    return (tags.decode().split() or [FIRST])[0]


def build(commit: str) -> None:
    """Build the application's image of a commit; all other images are this tree's."""
    with tempfile.TemporaryDirectory() as folder:
        packed = git("archive", commit, "app", "gunicorn.conf.py")
        with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
            archive.extractall(folder, filter="data")
        (Path(folder) / "before.pth").write_text(AT_EVERY_START)
        (Path(folder) / "Dockerfile").write_text(DOCKERFILE)
        run("docker", "build", "--tag", f"ironpress-app:{BEFORE}", folder)
    for image in IMAGES[1:]:
        run("docker", "tag", f"ironpress-{image}:{TAG}", f"ironpress-{image}:{BEFORE}")


def go(stack: Stack, commit: str, *, docs: bool) -> int:
    """Take the steps."""
    steps = {
        f"{commit} to this release": ("deploy", TAG),
        f"back to {commit}, on the new tables": ("rollback",),
        "this release again": ("deploy", TAG),
    }
    drill = Drill(stack, ROOT / "build/drill", seed=1)
    results = []
    with drill.under_load():
        for name, words in steps.items():
            results.append(drill.suffer(step(name, *words)))
            print(table.line(results[-1]), flush=True)
        drill.load.stop_ticking()
        mails = drill.mails()
    print(table.mail_line(mails))
    rows = [{"step": one.fault, "requests": one.requests, "failed": one.failed, "why": one.why,
             "lost": one.lost, "doubled": one.doubled, "slowest": one.slowest,
             "broken": one.broken} for one in results]  # fmt: skip
    found = {"before": commit, "steps": rows, "mails_lost": mails.lost}
    keep("upgrade.json", found | stamp(), docs=docs)
    return int(any(one.broken for one in results) or mails.lost > 0)


def step(name: str, *words: str) -> Fault:
    """Return a script's run as a fault that everybody is spared."""

    @contextmanager
    def during(stack: Stack) -> Iterator[None]:
        stack.more = {}
        stack.script(*words)
        yield

    return Fault(name, EVERYONE, 1, "", 2, during)


if __name__ == "__main__":
    sys.exit(main())
