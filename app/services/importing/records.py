"""What the readers of other blogs' formats hand to the writer: plain records, no database."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from app.text.errors import TextTooLong

log = logging.getLogger(__name__)

ContentFormat = Literal["markdown", "html"]


class ImportRefused(Exception):
    """The input as a whole cannot be imported; the text is one sentence for the operator."""


class BadItem(Exception):
    """One item cannot be imported; the text says why, the others go on."""

    failed = True


class SkippedItem(BadItem):
    """One item is left out on purpose; the text says why."""

    failed = False


@dataclass(frozen=True, slots=True)
class Problem:
    """An item that was left out: skipped on purpose, or failed."""

    item: str
    reason: str
    failed: bool = False


@dataclass(frozen=True, slots=True)
class ImportedTerm:
    """A category or a tag; the slug is made from the name when there is none."""

    name: str
    slug: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class ImportedAuthor:
    """Somebody who wrote; found again by e-mail address, then by user name."""

    username: str
    name: str | None = None
    email: str | None = None
    bio: str | None = None


@dataclass(frozen=True, slots=True)
class ImportedComment:
    """A comment in plain text or Markdown; `author` is a key of `Outline.authors`."""

    source_id: str
    content: str
    author_name: str
    created_at: datetime | None
    is_approved: bool
    parent_id: str | None = None
    author: str | None = None
    author_url: str | None = None
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ImportedImage:
    """A local image; the writer stores it and puts its address where the placeholder stands."""

    placeholder: str
    path: Path
    reference: str


@dataclass(slots=True)
class ImportedPost:
    """An article; times are aware, in UTC; `aliases` are paths at which it stood before."""

    source_id: str
    title: str
    slug: str
    content: str
    content_format: ContentFormat = "markdown"
    summary: str | None = None
    language: str | None = None
    is_published: bool = True
    created_at: datetime | None = None
    updated_at: datetime | None = None
    published_at: datetime | None = None
    author: str | None = None
    category: ImportedTerm | None = None
    tags: list[ImportedTerm] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    comments: list[ImportedComment] = field(default_factory=list)
    images: list[ImportedImage] = field(default_factory=list)
    view_count: int = 0
    fallback_time: datetime | None = None  # Used once, for a new article that names no time.
    warnings: list[str] = field(default_factory=list)

    def show(self, image: ImportedImage) -> str:
        """List a local image that the content shows; return its placeholder."""
        if all(known.placeholder != image.placeholder for known in self.images):
            self.images.append(image)
        return image.placeholder


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a post before it is read: who it is and the slug it would like."""

    source_id: str
    wanted_slug: str
    created_at: datetime | None = None


@dataclass(slots=True)
class Outline:
    """What a first, cheap look at the input finds.

    `site` tells two blogs of the same format apart; it is part of every import key, so that a
    second run finds what the first one made. `language` is that of items which name none.
    """

    site: str
    language: str | None = None
    entries: list[Entry] = field(default_factory=list)
    authors: dict[str, ImportedAuthor] = field(default_factory=dict)
    categories: list[ImportedTerm] = field(default_factory=list)
    tags: list[ImportedTerm] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


class Source(Protocol):
    """A blog in a foreign format; `name` is stored with every post made from it."""

    name: str

    def outline(self) -> Outline:
        """Look through the input once; raises `ImportRefused` when it is no such blog."""
        ...

    def posts(self, slugs: Mapping[str, str]) -> Iterator[ImportedPost | Problem]:
        """Yield every post; `slugs` tells the final slug of each source id, for links."""
        ...


def attempt(item: str, build: Callable[[], ImportedPost]) -> ImportedPost | Problem:
    """Build one post; whatever goes wrong is that item's problem and nobody else's."""
    try:
        return build()
    except BadItem as error:
        return Problem(item, str(error), failed=error.failed)
    except TextTooLong as error:
        return Problem(item, str(error), failed=True)
    except Exception as error:
        log.exception("Reading %s failed", item)
        return Problem(item, f"{type(error).__name__}: {error}"[:300], failed=True)
