"""Writes docs/licences.md: the licence of each Python package in the application's image."""

import re
from importlib.metadata import PackageMetadata, metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "licences.md"
HEAD = """# Licences

The Python packages in the application's image and the licence that each names for itself, written
by `make licences` from `requirements/runtime.txt`. What Debian's packages bring is listed, licence
by licence, in the files of `make sbom`.

| package | version | licence |
|---|---|---|
"""
# Not those for some versions of Python only.
PINNED = re.compile(r"^([A-Za-z0-9_.-]+)==(\S+)(?= \\$)", re.MULTILINE)
CLASSIFIER = "License :: OSI Approved :: "
LONGEST_NAME = 60


def packages(name: str = "runtime") -> dict[str, str]:
    """Return the packages of a list and their versions."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    return dict(PINNED.findall(text))


def licence_of(package: str) -> str:
    """Return the licence that an installed package names."""
    about: PackageMetadata = metadata(package)
    if expression := about.get("License-Expression"):
        return str(expression)
    classifiers = about.get_all("Classifier") or []
    named = [c.removeprefix(CLASSIFIER) for c in classifiers if c.startswith(CLASSIFIER)]
    given = str(about.get("License") or "").strip()
    return ", ".join(named) or (given if len(given) < LONGEST_NAME else "") or "not named"


def document() -> str:
    """Return the page."""
    lines = [f"| {n} | {version} | {licence_of(n)} |\n" for n, version in packages().items()]
    return HEAD + "".join(lines)


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
