"""The key of the backups is one that age itself would make."""

import re

from scripts.age_key import PREFIX, bech32


def test_bech32_agrees_with_the_standards_own_example() -> None:
    # BIP 173, valid test vectors.
    assert bech32("a", b"") == "a12uel5l"


def test_a_key_has_ages_form() -> None:
    assert re.fullmatch("AGE-SECRET-KEY-1[0-9A-Z]{58}", bech32(PREFIX, bytes(32)).upper())
