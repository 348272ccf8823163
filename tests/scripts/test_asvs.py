"""docs/asvs.md is complete, current, and names only what exists."""

from collections import Counter
from pathlib import Path

from scripts.asvs import DOCUMENT, ROOT, STATES, document, rows

# So many requirements the standard has of each level (version 5.0.0).
REQUIREMENTS = {1: 70, 2: 183, 3: 92}


def test_every_requirement_stands_in_the_table_once() -> None:
    table = rows()
    assert len({row.requirement for row in table}) == len(table)
    assert Counter(row.level for row in table) == REQUIREMENTS


def test_what_is_met_says_where_and_what_is_named_exists() -> None:
    for row in rows():
        assert row.state in STATES, row
        assert row.how, row
        assert row.where or row.state != "met", row
        for place in row.where:
            path, _, name = place.partition("::")
            assert (ROOT / path).exists(), (row.requirement, place)
            # A test is named by its sentence: that a file is there shows nothing.
            assert bool(name) == Path(path).name.startswith("test_"), (row.requirement, place)
            text = (ROOT / path).read_text(encoding="utf-8") if name else ""
            assert not name or f"\ndef {name}(" in text, (row.requirement, place)


def test_the_page_is_current() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(rows()), "run `make asvs`"
