"""Writes how an image was made (SLSA provenance 1): `python -m scripts.provenance IMAGE`.

The predicate alone; cosign puts it into a signed statement about the image's digest.
"""

import hashlib
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
# What decides which bytes get in, beside the source itself.
LOCKED = ("requirements/runtime.txt",)
BUILD_TYPE = "https://slsa.dev/container-based-build/v0.1"


def said(*command: str) -> str:
    """Run a command and return what it printed."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603


def builder() -> tuple[str, str]:
    """Return who builds, and under which number; the forge's run where there is one."""
    run_id = os.environ.get("GITHUB_RUN_ID")
    if not run_id:
        return "urn:ironpress:make-release", "local"
    repository = f"{os.environ['GITHUB_SERVER_URL']}/{os.environ['GITHUB_REPOSITORY']}"
    return f"{repository}/actions/runs/{run_id}", run_id


def predicate(image: str, base: str) -> dict[str, Any]:
    """Return the provenance of an image that this machine has built from this tree."""
    labels = json.loads(said("docker", "inspect", "--format", "{{json .Config.Labels}}", image))
    builder_id, run_id = builder()
    dependencies = [
        {"uri": "git+HEAD", "digest": {"gitCommit": said("git", "rev-parse", "HEAD")}},
        {
            "uri": f"docker:{base}",
            "digest": {
                "sha256": said("docker", "inspect", "--format", "{{.Id}}", base).split(":")[-1]
            },
        },
    ]
    for name in LOCKED:
        digest = hashlib.sha256((ROOT / name).read_bytes()).hexdigest()
        dependencies.append({"uri": f"file:{name}", "digest": {"sha256": digest}})
    return {
        "buildDefinition": {
            "buildType": BUILD_TYPE,
            "externalParameters": {
                "command": ["make", "release"],
                "version": labels["org.opencontainers.image.version"],
                "revision": labels["org.opencontainers.image.revision"],
                "base": base,
            },
            "resolvedDependencies": dependencies,
        },
        "runDetails": {
            "builder": {"id": builder_id},
            "metadata": {
                "invocationId": run_id,
                "finishedOn": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            },
        },
    }


if __name__ == "__main__":
    made = predicate(sys.argv[1], os.environ.get("BASE", "ironpress-base:trixie"))
    print(json.dumps(made, indent=2))
