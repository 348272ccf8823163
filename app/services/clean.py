"""Cleans what people type before it is stored: no control characters, one kind of line end."""

import re
import unicodedata

# Databases refuse NUL; the rest is invisible and only fools readers. Tab and line feed stay.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff]")
# In a name or title these turn the text around them over; an article may need them.
DIRECTION = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
LINE_END = re.compile(r"\r\n?|[\u2028\u2029]")


def clean_text(value: str | None) -> str:
    """Return a text of several lines, without blank lines around it."""
    lines = CONTROL.sub("", LINE_END.sub("\n", value or ""))
    return re.sub(r"\A(?:[ \t]*\n)+", "", lines).rstrip()


def clean_line(value: str | None) -> str:
    """Return one line in Unicode's composed form, its white space collapsed."""
    text = DIRECTION.sub("", CONTROL.sub("", LINE_END.sub(" ", value or "")))
    return " ".join(unicodedata.normalize("NFC", text).split())
