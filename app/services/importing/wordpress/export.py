"""A WordPress export (WXR 1.0 to 1.2) as a blog."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

from app.services.importing.languages import locale_of
from app.services.importing.media import Media
from app.services.importing.paths import redirect_path
from app.services.importing.records import (
    BadItem,
    Entry,
    ImportedAuthor,
    ImportedPost,
    ImportRefused,
    Outline,
    Problem,
    attempt,
)
from app.services.importing.wordpress.blog import Blog
from app.services.importing.wordpress.items import (
    LEFT_OUT,
    created_at,
    offset_of,
    source_id_of,
    title_of,
    to_post,
)
from app.services.importing.wordpress.scanner import Piece, parse, scan
from app.services.importing.wordpress.terms import read_terms, text
from app.text.slugs import slugify

VERSIONS = ("1.0", "1.1", "1.2")
ARTICLES = ("post", "page")


class WordPressExport:
    """The source of `flask import wordpress`; `media` is a copy of `wp-content/uploads`."""

    name = "wordpress"

    def __init__(self, path: Path, *, media: Path | None = None) -> None:
        self._path, self._media = path, Media(media, after="/wp-content/uploads/")
        self._blog = Blog()
        self._ids: set[str] = set()

    def outline(self) -> Outline:
        """Read the head and every item once, keeping ids, addresses and attachments."""
        outline, offsets, others = Outline(""), Counter[timedelta](), Counter[str]()
        for piece in self._pieces():
            if piece.kind == "head":
                self._read_head(piece, outline)
                continue
            try:
                item = _item(piece)
            except BadItem as error:
                outline.problems.append(Problem(_label(piece), str(error), failed=True))
                continue
            kind = text(item, "wp:post_type") or "post"
            if kind == "attachment":
                self._attach(item)
            elif kind in ARTICLES:
                self._enter(item, outline)
                offsets.update(offset_of(item))
            else:
                others[kind] += 1
        self._blog.offset = offsets.most_common(1)[0][0] if offsets else timedelta()
        for kind, count in others.items():
            outline.problems.append(Problem(f"{count} × {kind}", "neither a post nor a page"))
        return outline

    def posts(self, slugs: Mapping[str, str]) -> Iterator[ImportedPost | Problem]:
        """Yield every post and page."""
        seen: set[str] = set()
        for piece in self._pieces():
            if piece.kind == "head" or piece.fault:
                continue
            try:
                item = _item(piece)
            except BadItem:  # The outline has told of it.
                continue
            source_id = source_id_of(item)
            if source_id in self._ids and source_id not in seen:
                seen.add(source_id)
                build = partial(to_post, item, self._blog, slugs, self._media)
                yield attempt(title_of(item), build)

    def _pieces(self) -> Iterator[Piece]:
        try:
            with self._path.open("rb") as file:
                yield from scan(file)
        except OSError as error:
            raise ImportRefused(f"{self._path} cannot be read: {error.strerror}.") from None

    def _read_head(self, piece: Piece, outline: Outline) -> None:
        channel = _channel(piece, self._path)
        version = text(channel, "wp:wxr_version")
        if not version:
            raise ImportRefused(f"{self._path} is no WordPress export: it names no WXR version.")
        if version not in VERSIONS:
            outline.warnings.append(Problem("WXR", f"version {version} is read as {VERSIONS[-1]}"))
        blog = self._blog
        blog.address = text(channel, "wp:base_blog_url") or text(channel, "link")
        outline.language = locale_of(text(channel, "language"))
        blog.terms = read_terms(channel)
        outline.site = urlsplit(blog.address).netloc + urlsplit(blog.address).path.rstrip("/")
        outline.categories = blog.terms.top_categories()
        outline.tags = list(blog.terms.tags.values())
        for element in channel.iter("{wp}author"):
            login = text(element, "wp:author_login")
            blog.authors_by_id[text(element, "wp:author_id")] = login
            outline.authors[login] = ImportedAuthor(
                login,
                name=unescape(text(element, "wp:author_display_name")) or None,
                email=text(element, "wp:author_email") or None,
            )

    def _attach(self, item: Element) -> None:
        number, address = text(item, "wp:post_id"), text(item, "wp:attachment_url")
        if address:
            self._blog.attachments[number] = address
            self._blog.attached[text(item, "wp:post_parent")].append(number)

    def _enter(self, item: Element, outline: Outline) -> None:
        title, source_id, status = title_of(item), source_id_of(item), text(item, "wp:status")
        if status in LEFT_OUT:
            outline.problems.append(Problem(title, f"its state is {status}"))
            return
        if source_id in self._ids:
            reason = "the file holds another with its number"
            outline.problems.append(Problem(title, reason, failed=True))
            return
        self._ids.add(source_id)
        wanted = slugify(unquote(text(item, "wp:post_name"))) or slugify(title)
        outline.entries.append(Entry(source_id, wanted, created_at(item, timedelta())))
        self._blog.by_address[f"?{source_id}"] = source_id
        if path := redirect_path(text(item, "link")):
            self._blog.by_address.setdefault(path, source_id)
        if login := text(item, "dc:creator"):
            outline.authors.setdefault(login, ImportedAuthor(login, name=login))


def _item(piece: Piece) -> Element:
    if piece.fault:
        raise BadItem(piece.fault)
    return parse(piece.text)[0]


def _channel(piece: Piece, path: Path) -> Element:
    _, found, inside = piece.text.partition("<channel>")
    if not found or piece.fault:
        raise ImportRefused(f"{path} is no WordPress export: it has no channel at its beginning.")
    try:
        return parse(inside.partition("</channel>")[0])
    except BadItem as error:
        raise ImportRefused(f"The head of {path} cannot be read: {error}.") from None


def _label(piece: Piece) -> str:
    start = piece.text.find("<title>")
    return piece.text[start + 7 : start + 87].partition("<")[0].strip() if start >= 0 else "an item"
