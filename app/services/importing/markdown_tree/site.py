"""Tells what kind of site a folder holds and reads what its configuration says about it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from pathlib import PurePosixPath
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.services.importing.markdown_tree.fields import Fields
from app.services.importing.markdown_tree.front_matter import FrontMatter, read_toml, read_yaml
from app.services.importing.records import BadItem, ImportedAuthor
from app.services.importing.tree import Tree
from app.text.words import words

Kind = Literal["hugo", "jekyll", "plain"]

ROOT = PurePosixPath()

HUGO_CONFIGS = tuple(
    f"{folder}{stem}.{suffix}"
    for folder, stem in (("", "hugo"), ("config/_default/", "hugo"), ("", "config"))
    for suffix in ("toml", "yaml", "yml", "json")
)
JEKYLL_CONFIGS = ("_config.yml", "_config.yaml", "_config.toml")
AUTHOR_FILES = ("authors.yaml", "data/authors.yaml", "_data/authors.yml", "_data/authors.yaml")
# Folders of a site that hold templates, output or other people's documents, never articles.
NO_ARTICLES: Mapping[Kind, frozenset[str]] = {
    "hugo": frozenset({"layouts", "archetypes", "themes", "public", "resources", "i18n"}),
    "jekyll": frozenset({"_layouts", "_includes", "_sass", "_data", "_plugins", "_site", "vendor"}),
    "plain": frozenset(),
}
GENERIC_FOLDERS = {"content", "posts", "post", "_posts", "docs", "doc", "src", "site", "blog"}
COMMON_LANGUAGES = words(
    "en zh zh-cn zh-tw zh-hans zh-hant ja ko fr de es it pt pt-br ru nl pl tr vi uk"
)


@dataclass(frozen=True, slots=True)
class Site:
    """What holds for all documents of a folder.

    `content` is the folder of the articles, `statics` those in which addresses that start with a
    slash are looked up.
    """

    kind: Kind
    content: PurePosixPath = ROOT
    statics: tuple[PurePosixPath, ...] = (ROOT,)
    zone: tzinfo = UTC
    language: str | None = None
    languages: frozenset[str] = COMMON_LANGUAGES
    config: Fields = field(default_factory=lambda: Fields({}))
    has_config: bool = False
    permalinks: Mapping[str, str] = field(default_factory=dict)
    authors: Mapping[str, ImportedAuthor] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def without(self) -> frozenset[str]:
        """The names of folders that hold no articles."""
        excluded = {name.strip("/") for name in self.config.names("exclude")}
        return NO_ARTICLES[self.kind] | {"node_modules", "__pycache__"} | excluded


def read_site(tree: Tree) -> Site:
    """Look at a folder's configuration; a folder without one is a plain tree of documents."""
    warnings: list[str] = []
    content = PurePosixPath("content") if (tree.root / "content").is_dir() else ROOT
    statics: tuple[PurePosixPath, ...] = (ROOT,)
    if found := tree.text_of_first(*JEKYLL_CONFIGS):
        config = _parse(*found, warnings)
        pattern = config.text("permalink")
        permalinks = {"": pattern} if pattern else {}
        kind: Kind = "jekyll"
        content = ROOT
    elif found := tree.text_of_first(*HUGO_CONFIGS):
        config = _parse(*found, warnings)
        permalinks = _hugo_permalinks(config)
        kind = "hugo"
        statics = (PurePosixPath("static"), PurePosixPath("assets"), content)
    else:
        kind = "jekyll" if (tree.root / "_posts").is_dir() else "plain"
        return Site(kind, authors=_read_authors(tree, warnings), warnings=tuple(warnings))
    languages = frozenset(code.lower() for code in config.mapping("languages"))
    return Site(
        kind,
        content=content,
        statics=statics,
        zone=_zone(config.text("timezone"), warnings),
        language=config.text("defaultcontentlanguage", "languagecode", "locale", "lang"),
        languages=languages or COMMON_LANGUAGES,
        config=config,
        has_config=True,
        permalinks=permalinks,
        authors=_read_authors(tree, warnings),
        warnings=tuple(warnings),
    )


def site_name(tree: Tree) -> str:
    """Return a name for the folder that survives a fresh checkout elsewhere."""
    parts = [part for part in tree.root.parts if part != tree.root.anchor] or ["root"]
    generic = parts[-1].lower() in GENERIC_FOLDERS
    return "/".join(parts[-2:] if generic else parts[-1:])


def _parse(name: str, text: str, warnings: list[str]) -> Fields:
    try:
        return Fields(_mapping(name, text))
    except (BadItem, ValueError, RecursionError) as error:
        warnings.append(f"{name} is not used: {error}")
        return Fields({})


def _mapping(name: str, text: str) -> FrontMatter:
    if name.endswith(".toml"):
        return read_toml(text)
    value = json.loads(text) if name.endswith(".json") else read_yaml(text)
    return value if isinstance(value, dict) else {}


def _hugo_permalinks(config: Fields) -> dict[str, str]:
    given = config.mapping("permalinks")
    page = given.get("page")
    pairs = (page if isinstance(page, dict) else given).items()
    return {section: pattern for section, pattern in pairs if isinstance(pattern, str)}


def _zone(name: str | None, warnings: list[str]) -> tzinfo:
    if not name:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        warnings.append(f"The time zone {name!r} is not known here; times without one are UTC")
        return UTC


def _read_authors(tree: Tree, warnings: list[str]) -> dict[str, ImportedAuthor]:
    found = tree.text_of_first(*AUTHOR_FILES)
    if not found:
        return {}
    try:
        values = _mapping(*found)
    except BadItem as error:
        warnings.append(f"{found[0]} is not used: {error}")
        return {}
    people = {key: Fields(value) for key, value in values.items() if isinstance(value, dict)}
    return {
        key: ImportedAuthor(
            key, name=person.text("name"), email=person.text("email"), bio=person.text("bio")
        )
        for key, person in people.items()
    }
