"""Turns a row of Ghost's posts into the record of an article."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any

from app.models.post import article_path
from app.services.importing.content import Block, Converted, comment_text, convert_blocks
from app.services.importing.ghost.cards import UnknownCard
from app.services.importing.ghost.lexical import read_lexical
from app.services.importing.ghost.mobiledoc import read_mobiledoc
from app.services.importing.links import rewrite_html, rewrite_markdown
from app.services.importing.media import Media
from app.services.importing.paths import split_address
from app.services.importing.records import BadItem, ImportedComment, ImportedPost, ImportedTerm
from app.services.importing.times import parse_time
from app.text.slugs import slugify

OLD_HOME = "__GHOST_URL__"
Row = Mapping[str, Any]


@dataclass(slots=True)
class Blog:
    """What the export says about posts outside of their rows, by the posts' ids."""

    site_url: str
    media: Media
    language: str | None = None
    tags: dict[Any, list[Row]] = field(default_factory=lambda: defaultdict(list))
    authors: dict[Any, list[str]] = field(default_factory=lambda: defaultdict(list))
    meta: dict[Any, Row] = field(default_factory=dict)
    members: dict[Any, Row] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    comments: dict[Any, list[Row]] = field(default_factory=lambda: defaultdict(list))
    by_slug: dict[str, str] = field(default_factory=dict)


def to_post(row: Row, blog: Blog, slugs: Mapping[str, str]) -> ImportedPost:
    """Build the record of a post; what only members or mail readers got stays unpublished."""
    source_id = str(row["id"])
    authors = blog.authors.get(source_id) or [str(row.get("author_id") or "")]
    public = [tag for tag in blog.tags.get(source_id, []) if _is_public(tag)]
    terms = [_term(tag) for tag in public]
    is_published = row.get("status") in ("published", "scheduled")
    post = ImportedPost(
        source_id=source_id,
        title=" ".join(str(row.get("title") or "Untitled").split()),
        slug=slugs[source_id],
        content="",
        summary=row.get("custom_excerpt"),
        is_published=is_published,
        created_at=_time(row, "created_at"),
        updated_at=_time(row, "updated_at"),
        published_at=_time(row, "published_at"),
        author=authors[0] or None,
        category=terms[0] if terms else None,
        tags=[ImportedTerm(term.name, term.slug) for term in terms],
    )
    _keep_back(post, row, blog)
    if len(authors) > 1:
        others = ", ".join(blog.names.get(author, author) for author in authors[1:])
        post.warnings.append(f"it has one author only here, {others} are left out")
    if post.is_published and row.get("slug"):
        post.aliases.append(f"/{row['slug']}")
    post.comments = _comments(blog, source_id)
    _fill_content(post, row, blog, slugs)
    return post


def _keep_back(post: ImportedPost, row: Row, blog: Blog) -> None:
    email_only = row.get("status") == "sent" or blog.meta.get(row["id"], {}).get("email_only")
    visibility = row.get("visibility") or "public"
    if email_only:
        post.is_published = False
        post.warnings.append("it was sent by mail only: kept unpublished")
    elif post.is_published and visibility != "public":
        post.is_published = False
        post.warnings.append(f"it was for {visibility} readers: kept unpublished")


def _fill_content(post: ImportedPost, row: Row, blog: Blog, slugs: Mapping[str, str]) -> None:
    left_there: set[str] = set()

    def rewrite(address: str, is_image: bool) -> str | None:
        if image := blog.media.find(address):
            return post.show(image)
        if not address.startswith(OLD_HOME):
            return None
        path, rest = split_address(address.removeprefix(OLD_HOME))
        target = blog.by_slug.get(path.strip("/"))
        if target in slugs and not is_image:
            return article_path(slugs[str(target)]) + rest
        if not blog.site_url:
            left_there.add(path)
        return f"{blog.site_url}{path}{rest}"

    def rewritten(block: Block) -> Block:
        change = rewrite_html if block.content_format == "html" else rewrite_markdown
        return replace(block, text=change(block.text, rewrite).replace(OLD_HOME, blog.site_url))

    blocks = _cover(row, blog) + _blocks(row, post)
    converted: Converted = convert_blocks(rewritten(block) for block in blocks)
    post.content, post.content_format = converted.content, converted.content_format
    post.warnings += converted.warnings
    if left_there:
        post.warnings.append(
            f"{len(left_there)} file(s) are on the old site, whose address is not known"
        )


def _blocks(row: Row, post: ImportedPost) -> list[Block]:
    """Read the editor's own form where it is there and known, the finished HTML otherwise."""
    for name, read in (("lexical", read_lexical), ("mobiledoc", read_mobiledoc)):
        source = row.get(name)
        if not isinstance(source, str) or not source.strip():
            continue
        try:
            return read(json.loads(source))
        except UnknownCard as card:
            reason = f"its card {card} is not known"
        except (ValueError, RecursionError):
            reason = f"its {name} is not valid JSON"
        except BadItem as error:
            reason = str(error)
        if not row.get("html"):
            raise BadItem(reason)
        post.warnings.append(f"{reason}: the finished HTML is used")
    return [Block(str(row.get("html") or ""))]


def _cover(row: Row, blog: Blog) -> list[Block]:
    source = row.get("feature_image")
    if not isinstance(source, str) or not source.strip():
        return []
    meta = blog.meta.get(row["id"], {})
    image = f'<img src="{escape(source)}" alt="{escape(str(meta.get("feature_image_alt") or ""))}">'
    caption = meta.get("feature_image_caption")
    words = f"<figcaption>{caption}</figcaption>" if caption else ""
    return [Block(f"<figure>{image}{words}</figure>")]


def _is_public(tag: Row) -> bool:
    name = str(tag.get("name") or "")
    return bool(name) and tag.get("visibility") != "internal" and not name.startswith("#")


def _term(tag: Row) -> ImportedTerm:
    description = tag.get("description")
    return ImportedTerm(
        str(tag["name"]),
        slugify(str(tag.get("slug") or "")) or None,
        description if isinstance(description, str) else None,
    )


def _comments(blog: Blog, source_id: str) -> list[ImportedComment]:
    """Return the comments of a backup; an ordinary export has none."""
    rows = [row for row in blog.comments.get(source_id, []) if row.get("status") != "deleted"]
    ids = {row.get("id") for row in rows}
    found = []
    for row in sorted(
        rows, key=lambda row: (bool(row.get("parent_id")), str(row.get("created_at")))
    ):
        member = blog.members.get(row.get("member_id"), {})
        parent = row.get("parent_id")
        found.append(
            ImportedComment(
                source_id=str(row.get("id")),
                content=comment_text(str(row.get("html") or "")),
                author_name=str(member.get("name") or ""),
                created_at=_time(row, "created_at"),
                is_approved=row.get("status") == "published",
                parent_id=str(parent) if parent in ids else None,
            )
        )
    return found


def _time(row: Row, name: str) -> Any:
    value = row.get(name)
    return parse_time(value) if isinstance(value, str) else None
