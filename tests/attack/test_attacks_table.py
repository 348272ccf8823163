"""docs/attacks.md says how many attacks each test tries."""

from scripts.attacks import DOCUMENT, filled


def test_the_table_of_attacks_is_current() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert filled(text) == text, "run `make attacks`"
