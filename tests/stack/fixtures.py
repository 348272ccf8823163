"""One bundle for all tests of it; needs a container engine, or root on Debian to get one.

With `IRONPRESS_KEEP=folder` the bundle stays up in that folder, and the next run takes it again,
brought to what the tree says now: for those who write such tests.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.settings import ROOT
from tests.stack.browser import Browser
from tests.stack.prometheus import Prometheus
from tests.stack.stack import ADMIN, IMAGES, Stack, run
from tests.unavailable import cannot_run


@pytest.fixture(scope="session")
def engine() -> None:
    """Have an engine, or say plainly why these tests do not run."""
    done = subprocess.run([ROOT / "scripts/engine"], capture_output=True, text=True)
    if done.returncode:
        cannot_run(f"The bundle was not tested: {done.stderr.strip().splitlines()[-1]}")


@pytest.fixture(scope="session")
def images(engine: None) -> None:
    """Build the images from this very tree; what has not changed is taken from the cache."""
    run("scripts/images", *IMAGES)


@pytest.fixture(scope="session")
def stack(images: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Bring the bundle up, with an admin and the sample articles; take it down at the end."""
    keep = os.environ.get("IRONPRESS_KEEP")
    stack = Stack.kept(Path(keep)) if keep else Stack(tmp_path_factory.mktemp("bundle"))
    try:
        is_new = not stack.containers("web")
        stack.start()
        if is_new:
            name, password = ADMIN
            stack.flask("create-admin", name, "chief@example.org", ADMIN_PASSWORD=password)
            stack.flask("seed")
        yield stack
    finally:
        if not keep:
            stack.stop()


@pytest.fixture(scope="session")
def article(stack: Stack) -> str:
    """Give the path of an article."""
    return Browser(stack).first_article()


@pytest.fixture(scope="session")
def admin(stack: Stack) -> Browser:
    """Give a browser in which an admin is signed in."""
    browser = Browser(stack)
    browser.log_in(*ADMIN)
    return browser


@pytest.fixture(scope="session")
def prometheus(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Prometheus:
    """Bring the monitoring profile up beside the bundle, its times a sixtieth."""
    prometheus = Prometheus(stack, tmp_path_factory.mktemp("monitoring") / "configuration")
    prometheus.start()
    return prometheus
