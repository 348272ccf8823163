"""Takes the front matter off a document: YAML, TOML or JSON, read as text, lists and mappings.

Scalars stay the text that was written (`1.10` is no number, `2020-13-40` no error), so that one
set of rules in `fields.py` decides what they mean. Depth is bounded and YAML aliases are refused:
both are the ways in which a small file becomes a large structure.
"""

import json
import re
import tomllib
from collections.abc import Iterator
from datetime import date, time
from typing import Any

import yaml

from app.services.importing.records import BadItem

Value = str | None | list["Value"] | dict[str, "Value"]
FrontMatter = dict[str, Value]

MAX_FRONT_MATTER_CHARS = 262_144
MAX_DEPTH = 16

_FENCED = re.compile(
    r"\A(?P<mark>---|\+\+\+)[ \t]*\r?\n(?P<source>.*?)^(?P=mark)[ \t]*(?:\r?\n|\Z)",
    re.DOTALL | re.MULTILINE,
)
_JSON_START = re.compile(r'\A\{\s*"')
_YAML_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def split_front_matter(text: str) -> tuple[FrontMatter | None, str]:
    """Return the front matter, None when there is none, and the rest of the text untouched.

    Raises `BadItem` when the front matter is there and cannot be read.
    """
    if _JSON_START.match(text):
        return _split_json(text)
    match = _FENCED.match(text)
    if not match:
        return None, text
    source, body = match["source"], text[match.end() :]
    if len(source) > MAX_FRONT_MATTER_CHARS:
        raise BadItem(f"its front matter is larger than {MAX_FRONT_MATTER_CHARS:,} characters")
    value = read_yaml(source) if match["mark"] == "---" else read_toml(source)
    if value is None or (isinstance(value, str) and not value.strip()):
        return {}, body
    # Two horizontal rules with prose between them look like YAML's fence.
    return (value, body) if isinstance(value, dict) else (None, text)


def read_yaml(source: str) -> Value:
    """Read one YAML document, or raise `BadItem`."""
    try:
        return _build(yaml.parse(source, Loader=_YAML_LOADER))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 2}" if mark else ""
        what = getattr(error, "problem", None) or "it cannot be read"
        raise BadItem(f"its YAML front matter is not valid{where}: {what}") from None


def read_toml(source: str) -> FrontMatter:
    """Read a TOML document, or raise `BadItem`."""
    try:
        return _as_mapping(tomllib.loads(source, parse_float=str))
    except (ValueError, RecursionError) as error:
        raise BadItem(f"its TOML front matter is not valid: {error}") from None


def _split_json(text: str) -> tuple[FrontMatter, str]:
    try:
        value, end = json.JSONDecoder(parse_int=str, parse_float=str).raw_decode(text)
        return _as_mapping(value), text[end:].removeprefix("\r").removeprefix("\n")
    except (ValueError, RecursionError) as error:
        raise BadItem(f"its JSON front matter is not valid: {error}") from None


def _build(events: Iterator[Any]) -> Value:
    """Build the value from parser events, without the recursion that libyaml's composer needs."""
    stack: list[list[Value]] = [[]]
    for event in events:
        match event:
            case yaml.AliasEvent():
                raise BadItem("its YAML front matter uses aliases, which are refused")
            case yaml.CollectionStartEvent():
                if len(stack) > MAX_DEPTH:
                    raise BadItem(f"its front matter is nested deeper than {MAX_DEPTH} levels")
                stack.append([])
            case yaml.SequenceEndEvent():
                items = stack.pop()
                stack[-1].append(items)
            case yaml.MappingEndEvent():
                flat = stack.pop()
                pairs = zip(flat[::2], flat[1::2], strict=True)
                stack[-1].append({key: value for key, value in pairs if isinstance(key, str)})
            case yaml.ScalarEvent():
                null = not event.style and event.value in ("", "~", "null", "Null", "NULL")
                stack[-1].append(None if null else event.value)
            case yaml.DocumentEndEvent():
                break
    return stack[0][0] if stack[0] else None


def _as_mapping(values: Any) -> FrontMatter:
    return {key: _as_text(value, 1) for key, value in values.items()}


def _as_text(value: Any, depth: int) -> Value:
    if depth > MAX_DEPTH:
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
    match value:
        case dict():
            return {key: _as_text(item, depth + 1) for key, item in value.items()}
        case list():
            return [_as_text(item, depth + 1) for item in value]
        case bool():
            return str(value).lower()
        case date() | time():  # a datetime is a date
            return value.isoformat()
        case None:
            return None
        case _:
            return str(value)
