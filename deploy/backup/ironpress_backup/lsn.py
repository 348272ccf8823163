"""Positions in the write-ahead log, and the names of its files."""

import re

SEGMENT = re.compile(r"[0-9A-F]{24}")


def number(text: str) -> int:
    """Return a position such as 0/16B3748 as bytes."""
    high, _, low = text.partition("/")
    return int(high, 16) << 32 | int(low, 16)


def is_position(text: str) -> bool:
    """Say whether a text is a position."""
    return re.fullmatch(r"[0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8}", text) is not None


def place(name: str) -> str:
    """Return where a segment stands in the log, whatever its timeline."""
    return name[8:24]
