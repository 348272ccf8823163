"""A release says in the changelog what it brings, or is not made."""

import pytest

from scripts.changelog import section

TEXT = """# Changelog

## Unreleased

## 1.1.0 — 2026-11-25

- New.

## 1.0.0

- First.

## 0.9.0 — 2026-10-01
"""


def test_the_section_of_a_version_is_found() -> None:
    assert section(TEXT, "1.1.0") == "- New."


@pytest.mark.parametrize(
    ("version", "reason"),
    [("1.0.0", "no date"), ("0.9.0", "says nothing"), ("2.0.0", "no section")],
)
def test_a_version_without_a_fit_section_is_refused(version: str, reason: str) -> None:
    with pytest.raises(SystemExit, match=reason):
        section(TEXT, version)
