"""Every promised combination of overlays and components, rendered once."""

import os
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import yaml

from app.settings import ROOT
from scripts.k8s.manifests import Object, kubectl, render
from tests.deploy.k8s.combinations import COMBINATIONS
from tests.unavailable import cannot_run

HOST = "blog.example.org"


@pytest.fixture(scope="session")
def manifests(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of the manifests, with secrets, certificates and site of its own."""
    try:
        kubectl()
    except subprocess.CalledProcessError as error:
        cannot_run(f"The manifests were not tested: {error.stderr.strip()}")
    folder = tmp_path_factory.mktemp("k8s") / "k8s"
    ignored = shutil.ignore_patterns("installation")
    shutil.copytree(ROOT / "deploy/k8s", folder, ignore=ignored)
    shutil.copytree(ROOT / "deploy/monitoring", folder.parent / "monitoring")
    environment = {"PATH": os.environ["PATH"], "SITE_HOST": HOST, "ENV_FILE": "/nonexistent"}
    for overlay in (folder / "overlays").iterdir():
        command = [str(ROOT / "scripts/k8s-site"), str(overlay)]
        subprocess.run(command, check=True, capture_output=True, env=environment)
    return folder


@pytest.fixture(scope="session")
def rendered(manifests: Path) -> Callable[[str], list[Object]]:
    """Give a function that renders a combination by name."""

    @cache
    def render_one(name: str) -> list[Object]:
        overlay, components = COMBINATIONS[name]
        folder = manifests / "overlays" / name
        if components:
            shutil.copytree(manifests / "overlays" / overlay, folder)
            path = folder / "kustomization.yaml"
            kustomization = yaml.safe_load(path.read_text())
            kustomization["components"] += [f"../../components/{name}" for name in components]
            path.write_text(yaml.safe_dump(kustomization))
        return render(folder)

    return render_one


@pytest.fixture(params=COMBINATIONS)
def objects(
    request: pytest.FixtureRequest, rendered: Callable[[str], list[Object]]
) -> list[Object]:
    """Give the objects of each combination in turn."""
    return rendered(request.param)
