"""Gives an image the time of its source: `python -m scripts.settle_image NAME SECONDS`.

BuildKit of older engines writes the time of the build into an image's configuration. With the
source's time instead, two builds of one source have one digest.
"""

import hashlib
import io
import json
import subprocess
import sys
import tarfile
import tempfile
from datetime import UTC, datetime
from typing import IO, Any


def settled(config: dict[str, Any], seconds: int) -> dict[str, Any]:
    """Return an image's configuration with every time in it set."""
    moment = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    # Names of stages and of the machine that has built it say nothing of the image.
    config = {key: value for key, value in config.items() if not key.startswith("moby.")}
    history = [entry | {"created": moment} for entry in config.get("history", [])]
    return config | {"created": moment, "history": history}


def add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    """Put a small file into an archive."""
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def rewrite(source: IO[bytes], target: IO[bytes], seconds: int) -> None:
    """Copy an archive of `docker save` with its times set; layers stay as they are."""
    with tarfile.open(fileobj=source) as old, tarfile.open(fileobj=target, mode="w") as new:
        read = lambda name: old.extractfile(name).read()  # type: ignore[union-attr]  # noqa: E731
        (manifest,) = json.loads(read("manifest.json"))
        config = json.dumps(settled(json.loads(read(manifest["Config"])), seconds)).encode()
        name = f"{hashlib.sha256(config).hexdigest()}.json"
        add(new, name, config)
        for layer in manifest["Layers"]:
            member = old.getmember(layer)
            new.addfile(member, old.extractfile(member))
        add(new, "manifest.json", json.dumps([manifest | {"Config": name}]).encode())


def main(image: str, seconds: int) -> None:
    """Replace an image by one with the source's time."""
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as target:
        subprocess.run(["docker", "save", image], stdout=source, check=True)  # noqa: S603, S607
        source.seek(0)
        rewrite(source, target, seconds)
        target.seek(0)
        subprocess.run(["docker", "load", "--quiet"], stdin=target, check=True, capture_output=True)  # noqa: S607


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
