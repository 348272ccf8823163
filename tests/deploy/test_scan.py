"""Checkov finds nothing in the images' build files that has no written reason."""

from app.settings import ROOT
from tests.deploy.scan import scan

DOCKERFILES = [str(path) for path in sorted(ROOT.glob("**/Dockerfile")) if ".venv" not in str(path)]


def test_nothing_is_found_in_the_build_files() -> None:
    files = [path for path in DOCKERFILES if "/build/" not in path]
    assert len(files) >= 4
    assert scan("dockerfile", *files) == []
