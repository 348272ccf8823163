"""Turns the language codes of other systems into the names of locales used here."""

import re

_CODE = re.compile(r"(?P<language>[a-z]{2,3})(?:[-_](?P<rest>[a-z-_]+))?(?:\..*)?", re.IGNORECASE)
_TRADITIONAL = {"tw", "hk", "mo", "hant"}


def locale_of(code: str | None) -> str | None:
    """Return the locale of a language code such as `en-US` or `zh-CN`; None when it is none."""
    match = _CODE.fullmatch(code.strip()) if code else None
    if not match:
        return None
    language = match["language"].lower()
    if language != "zh":
        return language
    parts = set(re.split(r"[-_]", (match["rest"] or "").lower()))
    return "zh_Hant_TW" if parts & _TRADITIONAL else "zh_Hans_CN"
