"""Reads times as other systems write them."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime

# Outside of these are the zeros that other systems write for "never".
YEARS = range(1000, 3000)

_TIME = re.compile(
    r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})"
    r"(?:[Tt\s]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d+))?)?)?"
    r"\s*(?P<zone>[Zz]|UTC|GMT|[+-]\d{1,2}(?::?\d{2})?)?(?:\s+[A-Z]{2,5})?"
)


def parse_time(text: str, *, zone: tzinfo = UTC) -> datetime | None:
    """Read a time as Hugo, Jekyll, RFC 3339 or RFC 5322 write it, in UTC; None when it is none."""
    match = _TIME.fullmatch(text.strip())
    try:
        if not match:
            found = parsedate_to_datetime(text)
            return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
        if int(match["year"]) not in YEARS:
            return None
        numbers = {
            k: int(match[k] or 0) for k in ("year", "month", "day", "hour", "minute", "second")
        }
        micro = int((match["fraction"] or "0")[:6].ljust(6, "0"))
        offset = _offset(match["zone"]) if match["zone"] else zone
        return datetime(**numbers, microsecond=micro, tzinfo=offset).astimezone(UTC)
    except (ValueError, OverflowError, TypeError):
        return None


def _offset(text: str) -> tzinfo:
    if text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "")
    hours, minutes = int(digits[:2] if len(digits) != 3 else digits[:1]), int(digits[2:] or 0)
    return timezone((1 if text[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes))
