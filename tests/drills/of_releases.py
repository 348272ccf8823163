"""Faults of releases: one that does not start, is never ready, lacks its schema, dies at work.

The first three must never meet a reader; the last does, until the release before is back.
"""

import secrets
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic.script import ScriptDirectory

from app.settings import ROOT
from tests.drills.faults import ANONYMOUS, EVERYONE, fault
from tests.stack.stack import Stack, reference

MIGRATIONS = ROOT / "app/migrations"
UNMIGRATED = """revision = "9999"
down_revision = "{newest}"
def upgrade(): pass
def downgrade(): pass
"""
# Every worker ends after some requests, without a word.
DIES = """
import os
served = []

def pre_request(worker, req):
    served.append(req)
    if len(served) > 40:
        os._exit(1)
"""


@fault("release that crashes at its start", spares=EVERYONE, recovers=1, hold=0)
def _(stack: Stack) -> Iterator[None]:
    with release('CMD ["flask", "no-such-command"]') as tag:
        refused(stack, tag)
        yield


@fault("release that is never ready", spares=EVERYONE, recovers=1, hold=0)
def _(stack: Stack) -> Iterator[None]:
    with release('CMD ["http.server", "8000"]') as tag:
        refused(stack, tag)
        yield


@fault("release whose schema is not there", spares=EVERYONE, recovers=1, hold=0)
def _(stack: Stack) -> Iterator[None]:
    newest = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    files = {"app/migrations/versions/9999_drill.py": UNMIGRATED.format(newest=newest)}
    with release("", files) as tag:
        refused(stack, tag)
        yield


@fault("release that crashes under load", spares=ANONYMOUS, recovers=3)
def _(stack: Stack) -> Iterator[None]:
    files = {"gunicorn.conf.py": (ROOT / "gunicorn.conf.py").read_text() + DIES}
    with release("", files) as tag:
        stack.script("deploy", tag, "--no-migration")
        yield
        stack.script("rollback")


def refused(stack: Stack, tag: str) -> None:
    """Try to bring a release that must not come."""
    words = ["scripts/deploy", tag, "--no-migration"]
    done = subprocess.run(words, cwd=ROOT, env=stack.environment, capture_output=True, text=True)
    assert done.returncode, f"{tag} was deployed"
    assert "goes on" in done.stderr, done.stderr


@contextmanager
def release(command: str, files: dict[str, str] | None = None) -> Iterator[str]:
    """Give the tag of a release that differs from this one by a command, or by files."""
    tag = f"drill-{secrets.token_hex(3)}"
    image = f"ironpress-app:{tag}"
    with tempfile.TemporaryDirectory() as folder:
        lines = [f"FROM {reference('app')}", command]
        for number, (path, content) in enumerate((files or {}).items()):
            (Path(folder) / f"{number}").write_text(content)
            lines.append(f"COPY {number} /srv/ironpress/{path}")
        (Path(folder) / "Dockerfile").write_text("\n".join(lines))
        subprocess.run(
            ["docker", "build", "--quiet", "--tag", image, folder], check=True, capture_output=True
        )
    try:
        yield tag
    finally:
        subprocess.run(["docker", "image", "rm", "--force", image], capture_output=True)
