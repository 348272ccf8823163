"""A bundle without one of its secrets does not start, and says which one it is."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from app.settings import ROOT
from scripts.checkup.files import OPTIONAL_SECRETS
from tests.stack.stack import Stack, run


@pytest.fixture(scope="module")
def readers(images: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Give a service that reads it for each secret."""
    environment = Stack(tmp_path_factory.mktemp("declared")).environment
    declared = json.loads(run("scripts/bundle", "config", "--format", "json", env=environment))
    return {
        secret["source"]: service
        for service, described in declared["services"].items()
        for secret in described.get("secrets", ())
    }


@pytest.fixture
def unstarted(tmp_path: Path) -> Stack:
    """Give a bundle with all of its files, of which nothing runs."""
    stack = Stack(tmp_path / "bundle")
    for script in ("secrets", "certs", "site"):
        stack.script(script)
    return stack


def test_each_missing_secret_is_named_when_its_service_starts(
    readers: dict[str, str], unstarted: Stack
) -> None:
    assert len(readers) >= 10
    try:
        for secret, service in readers.items():
            file = unstarted.folder / "secrets" / secret
            file.rename(unstarted.folder / "kept")
            done = subprocess.run(
                ["scripts/bundle", "up", "--detach", "--no-deps", service],
                cwd=ROOT, env=unstarted.environment, capture_output=True, text=True,
            )  # fmt: skip
            (unstarted.folder / "kept").rename(file)
            assert done.returncode != 0, secret
            assert f"secrets/{secret}" in done.stderr, (secret, done.stderr)
    finally:
        unstarted.stop()


def test_each_empty_secret_is_named_or_made_anew_before_anything_starts(
    readers: dict[str, str], unstarted: Stack
) -> None:
    folder = unstarted.folder / "secrets"
    for secret in readers.keys() - set(OPTIONAL_SECRETS):
        # As old as each other: none is made anew because what it follows from is newer.
        for other in folder.iterdir():
            os.utime(other, (0, 0))
        file = folder / secret
        content = file.read_bytes()
        file.chmod(0o600)
        file.write_bytes(b"")
        os.utime(file, (0, 0))
        done = subprocess.run(
            ["scripts/secrets"],
            cwd=ROOT, env=unstarted.environment, capture_output=True, text=True,
        )  # fmt: skip
        if file.stat().st_size:
            assert f"Made {secret}" in done.stdout, (secret, done.stdout)
        else:
            assert done.returncode != 0, secret
            assert f"The secret {secret} is empty" in done.stderr, (secret, done.stderr)
        file.chmod(0o600)
        file.write_bytes(content)
