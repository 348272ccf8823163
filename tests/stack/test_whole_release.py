"""A release is one command in a fresh clone, and its users can verify it by the documentation."""

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.settings import ROOT
from tests.stack.signing import PASSWORD, key_pair, registry, tool
from tests.stack.stack import run

VERSION = "0.0.2-rehearsal"
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)


@dataclass
class Release:
    """What `make release` left behind."""

    clone: Path
    environment: dict[str, str]
    printed: str


def prepared_clone(folder: Path) -> Path:
    """Clone this commit and give it a version and its section of the changelog."""
    clone = folder / "clone"
    run("git", "clone", "--quiet", str(ROOT), str(clone))
    for name, old, new in (
        ("pyproject.toml", r'(?m)^version = ".*"$', f'version = "{VERSION}"'),
        ("CHANGELOG.md", r"(?m)^## Unreleased$", f"## {VERSION} — 2026-11-25"),
    ):
        path = clone / name
        path.write_text(re.sub(old, new, path.read_text(encoding="utf-8"), count=1))
    author = ["-c", "user.name=Releaser", "-c", "user.email=releaser@example.org"]
    run("git", *author, "commit", "--quiet", "--all", "--message", VERSION, cwd=clone)
    return clone


@pytest.fixture(scope="module")
def released(images: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Release]:
    """Make a release as one does, to a registry on the loopback."""
    folder = tmp_path_factory.mktemp("release")
    clone = prepared_clone(folder)
    key = key_pair(folder)
    with registry(folder) as address:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        environment = kept | {
            "COSIGN_KEY": str(key), "COSIGN_PASSWORD": PASSWORD, "REGISTRY": f"{address}/Blog",
        }  # fmt: skip
        try:
            printed = ""
            for words in (("release",), ("release-index", "KINDS=amd64")):
                printed += run("make", *words, f"VERSION={VERSION}", cwd=clone, env=environment)
            yield Release(clone, environment, printed)
        finally:
            tags = run("docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}").split()
            own = [name for name in tags if name.endswith(f":{VERSION}")]
            run("docker", "image", "rm", *own, check=False)


@pytest.mark.slow
def test_the_documentations_commands_verify_archive_and_images(released: Release) -> None:
    blocks = BLOCK.findall((ROOT / "docs/verify.md").read_text(encoding="utf-8"))
    archive, images = blocks[0], blocks[1]
    registry = released.environment["REGISTRY"].lower()
    given = {"V=1.2.3": f"V={VERSION}", "registry.example.org/blog": registry}
    given |= {'--private-infrastructure"': '--private-infrastructure --allow-http-registry"'}
    script = f"{archive}\n{images}"
    for old, new in given.items():
        assert old in script
        script = script.replace(old, new)
    key = released.environment["COSIGN_KEY"].removesuffix("key") + "pub"
    path = f"{Path(tool('cosign')).parent}:{released.environment['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=released.clone / "build/release", capture_output=True, text=True,
        env=released.environment | {"KEY": key, "PATH": path},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@pytest.mark.slow
def test_every_image_that_runs_is_released(released: Release) -> None:
    for image in ("acme", "app", "backup", "edge", "monitoring", "pgbouncer", "postgres", "redis"):
        assert f"/blog/ironpress-{image}@sha256:" in released.printed, released.printed
