"""The list of what is in an image names what really is there."""

import re

import pytest

from app.settings import ROOT
from scripts.sbom import bill
from tests.stack.stack import IMAGES, reference

DEBIAN = {
    "app": "python3.13",
    "backup": "age",
    "edge": "nginx",
    "monitoring": "prometheus",
    "postgres": "postgresql-17",
    "redis": "redis-tools",
}
PINNED = re.compile(r"^([a-z0-9-]+)==(\S+)(.*)$", re.M)


@pytest.mark.parametrize("image", IMAGES)
def test_every_image_has_a_list_with_its_main_package(images: None, image: str) -> None:
    listed = bill(reference(image))
    assert listed["bomFormat"] == "CycloneDX"
    assert f"pkg:deb/debian/{DEBIAN[image]}@" in " ".join(
        entry["purl"] for entry in listed["components"]
    )


def test_the_applications_list_has_every_pinned_package_and_what_wheels_bundle(
    images: None,
) -> None:
    listed = bill(reference("app"))
    versions = {entry["name"]: entry["version"] for entry in listed["components"]}
    pinned = PINNED.findall((ROOT / "requirements/runtime.txt").read_text())
    everywhere = {name: version for name, version, rest in pinned if ";" not in rest}
    assert len(everywhere) > 30
    assert {name: versions.get(name) for name in everywhere} == everywhere
    bundled = {
        entry["name"] for entry in listed["components"] if entry["purl"].startswith("pkg:generic/")
    }
    assert {"libpq", "libssl"} <= bundled
