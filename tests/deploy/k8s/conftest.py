"""Every promised combination of overlays and components, rendered once."""

import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from scripts.k8s.combinations import COMBINATIONS, combine, prepare
from scripts.k8s.manifests import Object, kubectl
from tests.unavailable import cannot_run


@pytest.fixture(scope="session")
def manifests(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of the manifests, with secrets, certificates and site of its own."""
    try:
        kubectl()
    except subprocess.CalledProcessError as error:
        cannot_run(f"The manifests were not tested: {error.stderr.strip()}")
    return prepare(tmp_path_factory.mktemp("k8s"))


@pytest.fixture(scope="session")
def rendered(manifests: Path) -> Callable[[str], list[Object]]:
    """Give a function that renders a combination by name."""
    return cache(lambda name: combine(manifests, name))


@pytest.fixture(params=COMBINATIONS)
def objects(
    request: pytest.FixtureRequest, rendered: Callable[[str], list[Object]]
) -> list[Object]:
    """Give the objects of each combination in turn."""
    return rendered(request.param)
