"""Turns an item of a WordPress export into the record of an article."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from html import escape
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from app.models.post import article_path
from app.services.importing.content import convert_html, html_to_text
from app.services.importing.links import rewrite_html
from app.services.importing.media import Media
from app.services.importing.paths import redirect_path
from app.services.importing.records import ImportedPost
from app.services.importing.times import parse_time
from app.services.importing.wordpress.blog import Blog
from app.services.importing.wordpress.comments import read_comments
from app.services.importing.wordpress.content import to_html
from app.services.importing.wordpress.shortcodes import Shortcodes
from app.services.importing.wordpress.terms import terms_of, text

PUBLISHED = ("publish", "future")
LEFT_OUT = ("trash", "auto-draft", "inherit")
_NO_TIME = "0000-00-00"


def to_post(item: Element, blog: Blog, slugs: Mapping[str, str], media: Media) -> ImportedPost:
    """Build the record of an item; what only some might read stays unpublished."""
    source_id = source_id_of(item)
    created = created_at(item, blog.offset)
    is_published = text(item, "wp:status") in PUBLISHED
    category, tags = terms_of(item, blog.terms)
    post = ImportedPost(
        source_id=source_id,
        title=title_of(item),
        slug=slugs[source_id],
        content="",
        summary=html_to_text(text(item, "excerpt:encoded")) or None,
        is_published=is_published,
        created_at=created,
        updated_at=moment(text(item, "wp:post_modified_gmt")),
        published_at=created if is_published else None,
        author=text(item, "dc:creator") or None,
        category=category,
        tags=tags,
    )
    if text(item, "wp:post_password"):
        post.is_published = False
        post.warnings.append("it had a password: kept unpublished")
    if (state := text(item, "wp:status")) not in (*PUBLISHED, "draft"):
        post.warnings.append(f"its state was {state or 'not told'}: kept unpublished")
    if post.is_published and (path := redirect_path(text(item, "link"))):
        post.aliases.append(path)
    post.comments = read_comments(item, blog.authors_by_id, post.warnings.append)
    _fill_content(post, item, blog, slugs, media)
    return post


def _fill_content(
    post: ImportedPost, item: Element, blog: Blog, slugs: Mapping[str, str], media: Media
) -> None:
    def rewrite(address: str, is_image: bool) -> str | None:
        if image := media.find(address):
            return post.show(image)
        target = None if is_image else blog.target(address)
        fragment = address.partition("#")[2]
        return f"{article_path(slugs[target])}{'#' * bool(fragment)}{fragment}" if target else None

    shortcodes = Shortcodes(lambda ids: blog.gallery(post.source_id, ids))
    html, warnings = to_html(item.findtext("{content}encoded") or "", shortcodes)
    converted = convert_html(rewrite_html(_cover(item, blog, html) + html, rewrite))
    post.content, post.content_format = converted.content, converted.content_format
    post.warnings += warnings + converted.warnings


def _cover(item: Element, blog: Blog, html: str) -> str:
    """Return the featured image, which themes show above the text, unless the text shows it."""
    for meta in item.iter("{wp}postmeta"):
        if text(meta, "wp:meta_key") == "_thumbnail_id":
            address = blog.attachments.get(text(meta, "wp:meta_value"), "")
            stem = address.rpartition(".")[0]
            return (
                f'<p><img src="{escape(address)}" alt="" /></p>'
                if stem and stem not in html
                else ""
            )
    return ""


def source_id_of(item: Element) -> str:
    """Return what identifies an item in its blog: its number, or its address where it has none."""
    return text(item, "wp:post_id") or text(item, "guid") or text(item, "link")


def title_of(item: Element) -> str:
    """Return an item's title as plain text, made from its name where it has none."""
    title = " ".join(html_to_text(text(item, "title")).split())
    named = unquote(text(item, "wp:post_name")).replace("-", " ").strip().capitalize()
    return title or named or "Untitled"


def created_at(item: Element, offset: timedelta) -> datetime | None:
    """Return when an item was written, in UTC; drafts have no UTC time but the blog's own."""
    return moment(text(item, "wp:post_date_gmt")) or (
        local - offset if (local := moment(text(item, "wp:post_date"))) else None
    )


def moment(written: str) -> datetime | None:
    """Read a time of the export; WordPress writes zeros for none."""
    return None if written.startswith(_NO_TIME) else parse_time(written)


def offset_of(item: Element) -> list[timedelta]:
    """Return how far the blog's clock is before UTC, in a list, empty when it is not told."""
    local, utc = moment(text(item, "wp:post_date")), moment(text(item, "wp:post_date_gmt"))
    return [local - utc] if local and utc else []
