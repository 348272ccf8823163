"""Renders overlays and finds pods and policies in what comes out."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from app.settings import ROOT

Object = dict[str, Any]
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # Ten times as fast, where it was built.
COMPONENT = "app.kubernetes.io/component"


@cache
def kubectl() -> str:
    """Return the path of a kubectl of a known version: Debian's, unpacked where it is not yet."""
    done = subprocess.run(  # noqa: S603
        [ROOT / "scripts/debian-package", "kubectl"], check=True, capture_output=True, text=True
    )
    return f"{done.stdout.strip()}/usr/bin/kubectl"


def render(folder: Path) -> list[Object]:
    """Return the objects that `kubectl apply -k FOLDER` would apply."""
    return parse(written(folder))


def written(folder: Path) -> str:
    """Return the manifests as they would be applied.

    Raises ValueError with kubectl's own words when the folder cannot be rendered.
    """
    done = subprocess.run(  # noqa: S603
        [kubectl(), "kustomize", str(folder)], capture_output=True, text=True
    )
    if done.returncode:
        raise ValueError(done.stderr.strip())
    return done.stdout


def parse(text: str) -> list[Object]:
    """Return the objects of manifests."""
    return [item for item in yaml.load_all(text, Loader) if item]


@dataclass(frozen=True)
class Pods:
    """The pods of one workload."""

    kind: str
    name: str
    labels: dict[str, str]
    spec: Object
    workload: Object

    @property
    def component(self) -> str:
        """Return the component's name, by its label."""
        return self.labels[COMPONENT]

    @property
    def containers(self) -> list[Object]:
        """Return all containers, those that run before the others included."""
        return [*self.spec.get("initContainers", []), *self.spec["containers"]]


def pods(objects: list[Object]) -> Iterator[Pods]:
    """Yield the pods of every workload."""
    for item in objects:
        spec = item.get("spec", {})
        if item["kind"] == "CronJob":
            spec = spec["jobTemplate"]["spec"]
        if item["kind"] in ("CronJob", "DaemonSet", "Deployment", "Job", "StatefulSet"):
            template = spec["template"]
            yield Pods(
                item["kind"],
                item["metadata"]["name"],
                template["metadata"]["labels"],
                template["spec"],
                item,
            )


def of_kind(objects: list[Object], kind: str) -> list[Object]:
    """Return the objects of a kind."""
    return [item for item in objects if item["kind"] == kind]


def named(objects: list[Object], kind: str, name: str) -> Object:
    """Return an object by kind and name; raises StopIteration when there is none."""
    return next(item for item in of_kind(objects, kind) if item["metadata"]["name"] == name)
