"""The version stands in two places and is one."""

import tomllib

from app.settings import ROOT
from app.version import VERSION


def test_the_application_knows_the_version_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == VERSION
