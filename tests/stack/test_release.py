"""A released image is signed, with its bill of materials and its provenance."""

import base64
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack.signing import PASSWORD, key_pair, registry, tool
from tests.stack.stack import reference, run

# The smallest one stands for all.
IMAGE = "redis"
OFFLINE = ("--insecure-ignore-tlog=true", "--private-infrastructure", "--allow-http-registry")


@pytest.fixture(scope="module")
def released(images: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Publish an image as a release does; give its address and the public key."""
    folder = tmp_path_factory.mktemp("release")
    key = key_pair(folder)
    with registry(folder) as address:
        environment = os.environ | {
            "REGISTRY": address, "COSIGN_KEY": str(key), "COSIGN_PASSWORD": PASSWORD,
            "IMAGES": IMAGE,
        }  # fmt: skip
        run("scripts/sboms", env=environment)
        printed = run("scripts/publish", "0.0.1-test", IMAGE, env=environment)
        run("scripts/join", "0.0.1-test", "amd64", env=environment)
        yield printed.split()[0], key.with_suffix(".pub")


def verify(command: str, key: Path, image: str, *options: str) -> str:
    return run(tool("cosign"), command, "--key", str(key), *OFFLINE, *options, image, check=False)


def test_a_user_verifies_image_and_index_with_the_public_key(released: tuple[str, Path]) -> None:
    image, key = released
    (signature,) = json.loads(verify("verify", key, image))
    assert signature["critical"]["image"]["docker-manifest-digest"] == image.split("@")[1]
    assert json.loads(verify("verify", key, f"{image.split('@')[0]}:0.0.1-test"))


def test_another_key_and_an_unsigned_image_are_refused(
    released: tuple[str, Path], tmp_path: Path
) -> None:
    image, key = released
    key_pair(tmp_path)
    assert verify("verify", tmp_path / "cosign.pub", image) == ""
    unsigned = image.replace("redis@", "edge@").split("@")[0] + ":unsigned"
    run("docker", "tag", reference("edge"), unsigned)
    try:
        run("docker", "push", unsigned)
    finally:
        run("docker", "image", "rm", unsigned)
    assert verify("verify", key, unsigned) == ""


def test_bill_and_provenance_are_attached(released: tuple[str, Path]) -> None:
    image, key = released
    found = {}
    for kind in ("cyclonedx", "slsaprovenance1"):
        envelope = json.loads(verify("verify-attestation", key, image, "--type", kind))
        statement = json.loads(base64.b64decode(envelope["payload"]))
        assert statement["subject"][0]["digest"]["sha256"] == image.split(":")[-1]
        found[kind] = statement["predicate"]
    assert any(one["name"] == "redis-server" for one in found["cyclonedx"]["components"])
    definition = found["slsaprovenance1"]["buildDefinition"]
    commit = run("git", "rev-parse", "HEAD").strip()
    assert definition["resolvedDependencies"][0]["digest"]["gitCommit"] == commit
