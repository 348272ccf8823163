"""A Ghost export (JSON, Ghost 4 to 6) as a blog."""

import json
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from app.services.importing.ghost.posts import Blog, to_post
from app.services.importing.languages import locale_of
from app.services.importing.media import Media
from app.services.importing.records import (
    Entry,
    ImportedAuthor,
    ImportedPost,
    ImportRefused,
    Outline,
    Problem,
    attempt,
)
from app.services.importing.times import parse_time
from app.text.slugs import slugify

MAX_EXPORT_BYTES = 200 * 1024 * 1024
VERSIONS = ("4", "5", "6")
Row = dict[str, Any]


class GhostExport:
    """The source of `flask import ghost`.

    `media` is a copy of `content/images`; `site_url` the old blog's address, which the export
    does not tell, for what stays there.
    """

    name = "ghost"

    def __init__(self, path: Path, *, media: Path | None = None, site_url: str = "") -> None:
        tables, version = _read(path)
        self._version = version
        self._rows = partial(_rows, tables)
        self._posts: list[Row] = []
        self._blog = Blog(site_url.rstrip("/"), Media(media, after="/content/images/"))
        self._collect()

    def outline(self) -> Outline:
        """List the posts and pages, authors and tags."""
        outline = Outline("", self._blog.language)
        if self._version.partition(".")[0] not in VERSIONS:
            text = f"version {self._version or 'unknown'} is read as {VERSIONS[-1]}"
            outline.warnings.append(Problem("Ghost", text))
        seen: set[str] = set()
        for row in self._rows("posts"):
            source_id, title = str(row.get("id") or ""), str(row.get("title") or "Untitled")
            if not source_id or source_id in seen:
                outline.problems.append(Problem(title, "it has no id of its own", failed=True))
            else:
                seen.add(source_id)
                self._posts.append(row)
                slug = slugify(str(row.get("slug") or "")) or slugify(title)
                created = parse_time(str(row.get("created_at") or ""))
                outline.entries.append(Entry(source_id, slug, created))
                self._blog.by_slug.setdefault(str(row.get("slug") or ""), source_id)
        outline.authors = {
            str(user["id"]): ImportedAuthor(
                str(user.get("slug") or user.get("name") or "author"),
                name=user.get("name"),
                email=user.get("email"),
                bio=user.get("bio"),
            )
            for user in self._rows("users")
            if user.get("id")
        }
        return outline

    def posts(self, slugs: Mapping[str, str]) -> Iterator[ImportedPost | Problem]:
        """Yield every post and page."""
        for row in self._posts:
            title = str(row.get("title") or "Untitled")
            yield attempt(title, partial(to_post, row, self._blog, slugs))

    def _collect(self) -> None:
        """Sort the tables that say more about posts by the posts' ids."""
        blog = self._blog
        tags = {row.get("id"): row for row in self._rows("tags")}
        for row in sorted(self._rows("posts_tags"), key=_order):
            if tag := tags.get(row.get("tag_id")):
                blog.tags[row.get("post_id")].append(tag)
        for row in sorted(self._rows("posts_authors"), key=_order):
            blog.authors[row.get("post_id")].append(str(row.get("author_id")))
        blog.meta = {row.get("post_id"): row for row in self._rows("posts_meta")}
        blog.members = {row.get("id"): row for row in self._rows("members")}
        blog.names = {str(row.get("id")): str(row.get("name")) for row in self._rows("users")}
        for row in self._rows("comments"):
            blog.comments[row.get("post_id")].append(row)
        settings = {row.get("key"): row.get("value") for row in self._rows("settings")}
        language = settings.get("locale") or settings.get("lang") or settings.get("default_locale")
        blog.language = locale_of(language if isinstance(language, str) else None)


def _read(path: Path) -> tuple[Mapping[str, Any], str]:
    try:
        if path.stat().st_size > MAX_EXPORT_BYTES:
            most = MAX_EXPORT_BYTES // 2**20
            raise ImportRefused(f"{path} is larger than {most} MiB, the most that is read at once.")
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise ImportRefused(f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:
        raise ImportRefused(f"{path} is not valid JSON: {error}.") from None
    database = document.get("db") if isinstance(document, dict) else None
    whole = database[0] if isinstance(database, list) and database else document
    tables = whole.get("data") if isinstance(whole, dict) else None
    if not isinstance(tables, dict) or not isinstance(tables.get("posts"), list):
        raise ImportRefused(f"{path} is no Ghost export: it has no table of posts.")
    meta = whole.get("meta")
    return tables, str(meta.get("version") or "") if isinstance(meta, dict) else ""


def _rows(tables: Mapping[str, Any], name: str) -> list[Row]:
    rows = tables.get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _order(row: Row) -> int:
    order = row.get("sort_order")
    return order if isinstance(order, int) else 0
