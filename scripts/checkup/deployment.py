"""The deployment under examination: what it should be, and what the engine knows of it."""

import json
import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from scripts.checkup.finding import run

Container = dict[str, Any]


@dataclass(frozen=True)
class Deployment:
    """What `scripts/doctor` says of the bundle, in the environment."""

    folder: Path = field(default_factory=lambda: Path(os.environ["BUNDLE_DIR"]))
    host: str = field(default_factory=lambda: os.environ["SITE_HOST"])
    url: str = field(default_factory=lambda: os.environ["SITE_URL"])
    ports: tuple[int, int] = field(
        default_factory=lambda: (int(os.environ["HTTP_PORT"]), int(os.environ["HTTPS_PORT"]))
    )
    uid: int = field(default_factory=lambda: int(os.environ["BUNDLE_UID"]))

    @cached_property
    def services(self) -> dict[str, Any]:
        """Return what Compose would start and keep running, by name."""
        ok, output = run("scripts/bundle", "config", "--format", "json")
        declared: dict[str, Any] = json.loads(output)["services"] if ok else {}
        return {name: one for name, one in declared.items() if one.get("restart") != "no"}

    @cached_property
    def secrets(self) -> dict[str, Path]:
        """Return the files of the secrets, by name."""
        ok, output = run("scripts/bundle", "config", "--format", "json")
        declared = json.loads(output)["secrets"] if ok else {}
        return {name: Path(one["file"]) for name, one in declared.items()}

    @cached_property
    def containers(self) -> dict[str, list[Container]]:
        """Return what the engine knows of the containers that run, by service."""
        _, output = run("scripts/bundle", "ps", "--quiet")
        ids = [word for word in output.split() if len(word) == 64]
        found: dict[str, list[Container]] = {}
        if ids:
            for container in json.loads(run("docker", "inspect", *ids)[1]):
                service = container["Config"]["Labels"]["com.docker.compose.service"]
                found.setdefault(service, []).append(container)
        return found
