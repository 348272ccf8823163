"""Prints what a release brings, from the changelog: `python -m scripts.changelog VERSION`."""

import re
import sys
from pathlib import Path

CHANGELOG = Path(__file__).parent.parent / "CHANGELOG.md"
HEADING = re.compile(r"^## (?P<version>\S+)(?: — (?P<date>\d{4}-\d{2}-\d{2}))?$", re.MULTILINE)


def section(text: str, version: str) -> str:
    """Return what stands under a version's heading; end with a sentence where that is not fit."""
    headings = list(HEADING.finditer(text))
    for heading, after in zip(headings, [*headings[1:], None], strict=True):
        if heading["version"] != version:
            continue
        if not heading["date"]:
            sys.exit(f"The heading of {version} in CHANGELOG.md has no date: “## {version} — …”.")
        content = text[heading.end() : after.start() if after else None].strip()
        if not content:
            sys.exit(f"CHANGELOG.md says nothing about {version}.")
        return content
    sys.exit(f"CHANGELOG.md has no section for {version}: “## {version} — YYYY-MM-DD”.")


if __name__ == "__main__":
    print(section(CHANGELOG.read_text(encoding="utf-8"), sys.argv[1]))
