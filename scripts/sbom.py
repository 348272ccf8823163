"""Writes the list of what is in an image (SBOM, CycloneDX 1.6): `python -m scripts.sbom IMAGE`.

Read from the image itself: Debian's packages from their status files, Python's from their
metadata, and the C libraries that wheels bring along, which no package manager knows.
"""

import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import uuid
from collections.abc import Iterator
from email.parser import Parser
from pathlib import PurePosixPath
from typing import Any

STATUS_FOLDER = "var/lib/dpkg/status.d"
# libssl-81ffa89e.so.3: auditwheel writes a part of the hash into the name.
BUNDLED = re.compile(r"^(?P<name>.+?)-[0-9a-f]{8}\.so(?:\.(?P<version>[0-9.]+))?$")

Component = dict[str, Any]


def files(image: str) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Give the files of an image that say what is in it."""
    container = docker("create", "--network", "none", image).strip()
    try:
        with tempfile.TemporaryFile() as archive:
            subprocess.run(["docker", "export", container], stdout=archive, check=True)  # noqa: S603, S607
            archive.seek(0)
            with tarfile.open(fileobj=archive, mode="r|") as members:
                for member in members:
                    path = PurePosixPath(member.name)
                    wanted = (
                        str(path.parent) == STATUS_FOLDER
                        or path.name == "METADATA"
                        or path.parent.suffix == ".libs"
                    )
                    if wanted and (content := members.extractfile(member)):
                        yield path, content.read()
    finally:
        docker("rm", container)


def docker(*arguments: str) -> str:
    """Run the engine's client and return what it printed."""
    return subprocess.run(  # noqa: S603
        ["docker", *arguments],  # noqa: S607
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def component(path: PurePosixPath, content: bytes) -> Component | None:
    """Describe what a file stands for."""
    if str(path.parent) == STATUS_FOLDER:
        fields = Parser().parsestr(content.decode())
        name, version = fields["Package"], fields["Version"]
        url = f"pkg:deb/debian/{name}@{version}?arch={fields['Architecture']}&distro=debian-13"
        return library(name, version, url)
    if path.name == "METADATA":
        fields = Parser().parsestr(content.decode(), headersonly=True)
        name = re.sub(r"[-_.]+", "-", fields["Name"]).lower()
        found = library(name, fields["Version"], f"pkg:pypi/{name}@{fields['Version']}")
        if license_name := fields["License-Expression"]:
            found["licenses"] = [{"expression": license_name}]
        return found
    if bundled := BUNDLED.match(path.name):
        name, version = bundled["name"], bundled["version"] or "unknown"
        digest = hashlib.sha256(content).hexdigest()
        found = library(name, version, f"pkg:generic/{name}@{version}?checksum=sha256:{digest}")
        wheel = path.parent.stem
        return found | {
            "description": f"Bundled in the wheel of {wheel}",
            "hashes": [{"alg": "SHA-256", "content": digest}],
        }
    return None


def library(name: str, version: str, url: str) -> Component:
    """Return a component by its package URL."""
    return {"type": "library", "bom-ref": url, "name": name, "version": version, "purl": url}


def bill(image: str) -> dict[str, Any]:
    """Return the SBOM of an image; the same image gives the same one."""
    image_id, labels = (
        docker("inspect", "--format", template, image).strip()
        for template in ("{{.Id}}", "{{json .Config.Labels}}")
    )
    found = (component(path, content) for path, content in files(image))
    components = {entry["bom-ref"]: entry for entry in found if entry}
    described = {
        "type": "container",
        "bom-ref": image_id,
        "name": image,
        "version": json.loads(labels)["org.opencontainers.image.version"],
    }
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, image_id)}",
        "version": 1,
        "metadata": {"component": described},
        "components": [components[reference] for reference in sorted(components)],
    }


if __name__ == "__main__":
    print(json.dumps(bill(sys.argv[1]), indent=2))
