"""Everything that an operator does to a running site, under load: no request fails."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.settings import ROOT
from tests.stack.stack import Stack, reference, run

REQUESTS = int(os.environ.get("REQUESTS", 100_000))
CONNECTIONS = 32
NEXT = "rolling-test"


class OpenStack(Stack):
    """A bundle that lets one machine ask for everything."""

    @property
    def environment(self) -> dict[str, str]:
        """Return what the scripts of the bundle read."""
        return super().environment | {"EDGE_REQUESTS_PER_SECOND": "100000"}


@dataclass
class Load:
    """The running traffic."""

    process: subprocess.Popen[str]

    def answers(self) -> int:
        """Return how many answers have come."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@pytest.fixture
def open_stack(images: None, tmp_path: Path) -> Iterator[OpenStack]:
    """Bring up a bundle of its own, and a next release with another app and another edge."""
    stack = OpenStack(tmp_path / "bundle")
    run("docker", "tag", reference("app"), f"ironpress-app:{NEXT}")
    subprocess.run(
        ["docker", "build", "--quiet", "--tag", f"ironpress-edge:{NEXT}", "-"],
        input=f"FROM {reference('edge')}\nLABEL next=true\n",
        text=True, check=True, capture_output=True,
    )  # fmt: skip
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()
        run("docker", "image", "rm", f"ironpress-app:{NEXT}", f"ironpress-edge:{NEXT}")


def reload(stack: Stack) -> None:
    """Have the edge read its configuration again."""
    run("docker", "kill", "--signal", "HUP", stack.containers("edge")[0])


def change_certificate(stack: Stack) -> None:
    """Put another certificate of the same authority into place."""
    (stack.folder / "certs/site.crt").unlink()
    stack.script("certs")
    reload(stack)


@pytest.mark.slow
def test_no_request_fails_while_releases_come_and_go(open_stack: OpenStack) -> None:
    stack = open_stack
    steps = {
        "deploy with migration": lambda: stack.script("deploy", NEXT),
        "reload": lambda: reload(stack),
        "certificate change": lambda: change_certificate(stack),
        "rollback": lambda: stack.script("rollback"),
    }
    done: Counter[str] = Counter()
    with subprocess.Popen(
        [
            sys.executable, "-m", "tests.stack.traffic", str(stack.https_port),
            str(stack.folder / "ca/ca.crt"), str(CONNECTIONS),
        ],
        cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        load = Load(process)
        while load.answers() < REQUESTS:
            for name, step in steps.items():
                step()
                done[name] += 1
        assert process.stdin
        assert process.stdout
        process.stdin.close()
        report = json.loads(process.stdout.read())
    print(json.dumps(report | {"done": done}, indent=2))
    assert report["answers"] >= REQUESTS
    assert not report["failures"]
