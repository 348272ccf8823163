"""Says what the words of a front matter mean: names, lists, truth, times."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, tzinfo

from app.services.importing.markdown_tree.front_matter import FrontMatter, Value
from app.services.importing.times import parse_time

_TRUE, _FALSE = {"true", "yes", "on", "1"}, {"false", "no", "off", "0"}


class Fields:
    """A front matter, asked by any of several names; case does not matter, as in Hugo."""

    def __init__(self, values: FrontMatter) -> None:
        params = values.get("params")
        merged = {**(params if isinstance(params, dict) else {}), **values}
        self._values: dict[str, Value] = {key.lower(): value for key, value in merged.items()}

    def first(self, *names: str) -> Value:
        """Return the first of the named values that is not empty."""
        return next(
            (v for name in names if (v := self._values.get(name)) not in (None, "", [])), None
        )

    def text(self, *names: str) -> str | None:
        """Return the first named value that is text, white space trimmed."""
        for name in names:
            value = self._values.get(name)
            if isinstance(value, str) and value.strip():
                return value.strip()
        return None

    def mapping(self, name: str) -> Mapping[str, Value]:
        """Return a named mapping, empty when there is none."""
        value = self._values.get(name)
        return value if isinstance(value, dict) else {}

    def names(self, *names: str, split_spaces: bool = False) -> list[str]:
        """Return a list of names, each once: a list, or text with commas (or spaces) between."""
        value = self.first(*names)
        if isinstance(value, str):
            value = [*_split(value, split_spaces=split_spaces)]
        if not isinstance(value, list):
            return []
        given = (item.strip() for item in value if isinstance(item, str))
        return list(dict.fromkeys(name for name in given if name))

    def truth(self, name: str) -> bool | None:
        """Return a named truth value, None when it is missing or says neither."""
        value = self._values.get(name)
        word = value.strip().lower() if isinstance(value, str) else ""
        return True if word in _TRUE else False if word in _FALSE else None

    def time(self, *names: str, zone: tzinfo = UTC) -> datetime | None:
        """Return the first named time that can be read, in UTC; `zone` is for those without one."""
        for name in names:
            value = self._values.get(name)
            if isinstance(value, str) and (found := parse_time(value, zone=zone)):
                return found
        return None

    def unreadable_times(self, *names: str) -> Iterator[str]:
        """Yield the named values that should be times and cannot be read as one."""
        for name in names:
            value = self._values.get(name)
            given = value.strip() if isinstance(value, str) and self.truth(name) is None else ""
            if given and parse_time(given) is None:
                yield f"{name}: {given[:40]!r} is not a time"


def _split(text: str, *, split_spaces: bool) -> list[str]:
    if "," in text or "，" in text or "、" in text:
        return re.split(r"[,，、]", text)
    return text.split() if split_spaces else [text]
