"""The archive of a release installs where nothing can be downloaded."""

import os
import subprocess
from pathlib import Path

import pytest

from app.settings import ROOT
from tests.stack.signing import PASSWORD, key_pair, tool
from tests.stack.stack import IMAGES, Stack, reference, run

VERSION = "0.0.1-rehearsal"
# Whoever tries to build or to download meets nobody.
NOWHERE = {
    "BASE": "nowhere.invalid/base",
    "DEBIAN_MIRROR": "http://127.0.0.1:9/debian",
    "http_proxy": "http://127.0.0.1:9",
    "https_proxy": "http://127.0.0.1:9",
    "no_proxy": "127.0.0.1",
}


@pytest.mark.slow
def test_the_bundle_starts_twice_from_its_archive_alone(images: None, tmp_path: Path) -> None:
    key = key_pair(tmp_path)
    environment = os.environ | {"COSIGN_KEY": str(key), "COSIGN_PASSWORD": PASSWORD}
    environment["IMAGES"] = " ".join(IMAGES)
    run("scripts/sboms", env=environment)
    run("scripts/archive", VERSION, str(tmp_path / "release"), env=environment)
    names = [f"ironpress-{name}:{VERSION}" for name in IMAGES]
    run("docker", "image", "rm", *names)
    (archive,) = (tmp_path / "release").glob("*.tar")
    run("sha256sum", "--check", f"{archive.name}.sha256", cwd=archive.parent)
    run(
        tool("cosign"), "verify-blob", "--key", str(key.with_suffix(".pub")),
        "--insecure-ignore-tlog=true", "--private-infrastructure",
        "--bundle", f"{archive}.sha256.sigstore", f"{archive}.sha256",
    )  # fmt: skip
    run("tar", "--extract", "--file", str(archive), "--directory", str(tmp_path))
    folder = tmp_path / f"ironpress-{VERSION}"

    stack = Stack(tmp_path / "bundle")
    given = {name: value for name, value in stack.environment.items() if name != "TAG"} | NOWHERE
    try:
        for printed in (f"Loading the images of release {VERSION}", "answers after"):
            done = subprocess.run(
                ["make", "up"], cwd=folder, env=given, capture_output=True, text=True
            )
            assert done.returncode == 0, done.stdout + done.stderr
            assert printed in done.stdout
            if "Loading" in printed:
                # Once more from nothing: no volume, no secret, no certificate is left.
                stack.stop()
        assert stack.ask("/").status == 200
        assert stack.inspect("edge")["Config"]["Image"] == f"ironpress-edge:{VERSION}"
        loaded, built = (
            run("docker", "image", "inspect", "--format", "{{.Id}}", name)
            for name in (names[0], reference("app"))
        )
        assert loaded == built
    finally:
        stack.stop()
        run("docker", "image", "rm", *names, check=False)
    assert ROOT not in folder.parents
