"""The container engine and the releases of what runs."""

import re
from itertools import chain

from scripts.checkup.deployment import Deployment
from scripts.checkup.finding import Finding, Findings, first_line, run

# The engine with cgroup v2 and default seccomp; Compose with optional env files.
VERSIONS = {
    "docker engine": ((20, 10), ("docker", "version", "--format", "{{.Server.Version}}")),
    "docker compose": ((2, 24), ("docker", "compose", "version", "--short")),
    "docker buildx": ((0, 10), ("docker", "buildx", "version")),
}
VERSION_LABEL = "org.opencontainers.image.version"


def engine(_: Deployment) -> Findings:
    """The engine answers, with Compose and BuildKit, each new enough."""
    for name, (least, command) in VERSIONS.items():
        ok, output = run(*command)
        found = re.search(r"(\d+)\.(\d+)", output) if ok else None
        recent = bool(found) and tuple(map(int, found.groups())) >= least  # type: ignore[union-attr]
        wanted = ".".join(map(str, least))
        yield Finding(name, recent, first_line(output), f"{wanted} or newer: make engine.")


def releases(deployment: Deployment) -> Findings:
    """What runs is what the tags name, and of one release."""
    versions = set()
    for container in chain.from_iterable(deployment.containers.values()):
        labels = container["Config"]["Labels"]
        service, name = labels["com.docker.compose.service"], container["Config"]["Image"]
        versions.add(labels.get(VERSION_LABEL))
        tagged = run("docker", "image", "inspect", "--format", "{{.Id}}", name)[1]
        if tagged != container["Image"]:
            detail = f"{name} has been built anew since"
            yield Finding(f"image {service}", False, detail, "make deploy", warning=True)
    versions.discard(None)
    detail = ", ".join(sorted(map(str, versions)))
    yield Finding("versions", len(versions) <= 1, detail, "Run make up.")
