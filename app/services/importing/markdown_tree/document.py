"""One document of a tree: what its path and its front matter say about it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath

from app.services.importing.markdown_tree.fields import Fields
from app.services.importing.markdown_tree.front_matter import split_front_matter
from app.services.importing.markdown_tree.site import Site
from app.services.importing.records import SkippedItem
from app.services.importing.times import parse_time
from app.services.importing.tree import HTML_SUFFIXES, Tree
from app.text.slugs import slugify

_DATED = re.compile(r"(?P<date>\d{4}-\d{1,2}-\d{1,2})[-_ ](?P<name>.+)")
_HEADING = re.compile(
    r"\A\s*(?:#[ \t]+(?P<atx>[^\n]+?)[ \t]*#*[ \t]*(?:\n|\Z)"
    r"|(?P<setext>\S[^\n]*)\n=+[ \t]*(?:\n|\Z))"
)
_BUNDLE_STEMS = {"index", "_index", "readme"}
_MARKUP = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|[*_`]+|<[^>]+>|\s*\{#[^}]*\}")


@dataclass(slots=True)
class Document:
    """A document without its text; `name` is its own part of an address, `title` never empty."""

    path: PurePosixPath
    fields: Fields
    name: str
    title: str
    date: datetime | None
    language: str | None
    has_front_matter: bool
    is_section: bool

    @property
    def is_html(self) -> bool:
        """Whether the text is HTML."""
        return self.path.suffix.lower() in HTML_SUFFIXES

    @property
    def is_verbatim(self) -> bool:
        """Whether our own export wrote it, so that nothing in its text is a shortcode."""
        return self.fields.truth("ironpress") is True

    @property
    def is_bundle(self) -> bool:
        """Whether the document stands for its folder."""
        return self.path.stem.split(".")[0].lower() in _BUNDLE_STEMS

    @property
    def is_post(self) -> bool:
        """Whether it stands among Jekyll's posts and drafts, and is no page."""
        return not {"_posts", "_drafts"}.isdisjoint(self.path.parts)

    @property
    def is_draft(self) -> bool:
        """Whether its author has not published it."""
        fields = self.fields
        held_back = fields.truth("draft") is True or fields.truth("published") is False
        return held_back or "_drafts" in self.path.parts

    @property
    def wanted_slug(self) -> str:
        """The slug that the front matter asks for, else the file's name, else the title."""
        address = self.fields.text("url", "permalink") or ""
        last = PurePosixPath(address).name.removesuffix(".html")
        chosen = (self.fields.text("slug"), "" if ":" in last else last, self.name, self.title)
        return next((slug for text in chosen if text and (slug := slugify(text))), "")


def read_document(tree: Tree, site: Site, path: PurePosixPath) -> tuple[Document, str, str | None]:
    """Read a document: what is known of it, its text, and its encoding where it is not UTF-8."""
    text, encoding = tree.read(path)
    values, body = split_front_matter(text)
    if values is None and path.suffix.lower() in HTML_SUFFIXES:
        raise SkippedItem("it is HTML without front matter")
    fields = Fields(values or {})
    name, date, language = _name(path, site)
    document = Document(
        path=path,
        fields=fields,
        name=name,
        title="",
        date=parse_time(date, zone=site.zone) if date else None,
        language=fields.text("language", "lang", "locale") or language,
        has_front_matter=values is not None,
        is_section=path.stem.split(".")[0] == "_index",
    )
    if not document.is_verbatim:
        body = body.replace("\r\n", "\n").replace("\r", "\n")
    title, body = _title(document, body)
    document.title = " ".join(title.split())
    return document, body, encoding


def _title(document: Document, body: str) -> tuple[str, str]:
    """Return the title, and the text without the heading it was taken from."""
    if title := document.fields.text("title"):
        return title, body
    if (heading := _HEADING.match(body)) and not document.is_html:
        written = heading["atx"] or heading["setext"]
        if title := _MARKUP.sub(r"\1", written).strip():
            return title, body[heading.end() :].lstrip("\n")
    return document.name.replace("-", " ").replace(
        "_", " "
    ).strip().capitalize() or "Untitled", body


def _name(path: PurePosixPath, site: Site) -> tuple[str, str | None, str | None]:
    """Return the name, the date and the language that a document's path tells."""
    stem, _, suffix = path.stem.rpartition(".")
    language = suffix.lower() if stem and suffix.lower() in site.languages else None
    stem = stem if language else path.stem
    folders = [part for part in path.relative_to(site.content).parts[:-1] if part != "."]
    if language is None and site.has_config and folders and folders[0].lower() in site.languages:
        language = folders[0].lower()
    if stem.lower() in _BUNDLE_STEMS:
        stem = folders[-1] if folders else stem.lstrip("_")
    if dated := _DATED.fullmatch(stem):
        return dated["name"], dated["date"], language
    return stem, None, language


def publication(document: Document, site: Site, now: datetime) -> Iterator[tuple[str, object]]:
    """Yield what the front matter says about times and publication, as fields of a record."""
    fields, zone = document.fields, site.zone
    created = fields.time("date", "created_at", "created", zone=zone) or document.date
    published = fields.time("publishdate", "pubdate", "published_at", "published", zone=zone)
    expires = fields.time("expirydate", "unpublishdate", zone=zone)
    updated = fields.time(
        "lastmod", "last_modified_at", "updated_at", "updated", "modified", zone=zone
    )
    warnings = list(fields.unreadable_times("date", "publishdate", "lastmod", "expirydate"))
    if is_expired := expires is not None and expires <= now.astimezone(UTC):
        warnings.append("it had expired: kept unpublished")
    yield "created_at", created or published
    yield "updated_at", updated
    is_published = not document.is_draft and not is_expired
    yield "published_at", published or (created if is_published else None)
    yield "is_published", is_published
    yield "warnings", warnings
