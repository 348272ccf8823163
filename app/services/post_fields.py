"""What an article's fields may hold, and how they get into it."""

import re
from datetime import datetime
from typing import TypedDict

from flask_babel import gettext as _
from sqlalchemy import select

from app.extensions import db
from app.models import Permission, Post, Redirect, User
from app.models.derived import SUMMARY_CHARS as MADE_SUMMARY_CHARS
from app.models.post import article_path
from app.services import taxonomy
from app.services.clean import clean_line, clean_text
from app.services.errors import Invalid, Taken
from app.text.markdown import summarize

TITLE_CHARS = 200
SUMMARY_CHARS = 500
SLUG_CHARS = 200
LANGUAGE_CHARS = 20
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,2}")
YEARS = range(1000, 3000)


class PostFields(TypedDict, total=False):
    """What may be said about an article; what is left out stays as it is.

    `tags` are comma-separated. `published_at` is an aware time; with `is_published` a future one
    schedules the article, and without one it appears now. An empty summary is made from the
    text; an empty slug is made from the title, or stays where there is one already.
    `new_category` names one to add, for editors.
    """

    title: str
    content: str
    summary: str | None
    slug: str | None
    category_id: int | None
    new_category: str | None
    tags: str
    language: str | None
    is_published: bool
    published_at: datetime | None


def apply_fields(post: Post, fields: PostFields, *, editor: User) -> None:
    """Put cleaned values into an article. Raises `Invalid` with every fault found."""
    fields = cleaned(fields)
    faults = field_faults(post, fields, editor=editor)
    if faults:
        raise Invalid(faults)
    if is_taken(post, fields.get("slug")):
        raise Taken({"slug": [_("This address is already taken.")]})
    if "title" in fields:
        post.title = fields["title"]
    if "content" in fields:
        post.content = fields["content"]
    if "summary" in fields:
        post.summary = fields["summary"] or summarize(post.content_text or "", MADE_SUMMARY_CHARS)
    if fields.get("slug"):
        post.slug = str(fields["slug"])
    if "language" in fields:
        post.language = fields["language"] or None
    if "tags" in fields:
        post.tags = taxonomy.find_or_add_tags(taxonomy.split_tags(fields["tags"]))
    if "category_id" in fields:
        wanted = fields["category_id"]
        post.category = taxonomy.find_category(wanted) if wanted is not None else None
    if new_category := fields.get("new_category"):
        post.category = taxonomy.find_or_add_category(new_category)
    apply_publication(post, fields)


def apply_publication(post: Post, fields: PostFields) -> None:
    """Set whether and when an article appears; one that readers see already keeps its date."""
    was_public = post.is_public
    if "is_published" in fields:
        post.is_published = fields["is_published"]
    if "published_at" in fields:
        kept = post.published_at if was_public and post.is_published else None
        post.published_at = fields["published_at"] or kept


def cleaned(fields: PostFields) -> PostFields:
    """Return the values without what must not be stored."""
    fields = fields.copy()
    if "title" in fields:
        fields["title"] = clean_line(fields["title"])
    if "content" in fields:
        fields["content"] = clean_text(fields["content"])
    if "summary" in fields:
        fields["summary"] = clean_line(fields["summary"])
    if "slug" in fields:
        fields["slug"] = clean_line(fields["slug"])
    if "language" in fields:
        fields["language"] = clean_line(fields["language"])
    if "new_category" in fields:
        fields["new_category"] = clean_line(fields["new_category"])
    return fields


def field_faults(post: Post, fields: PostFields, *, editor: User) -> dict[str, list[str]]:
    """Return the faults of cleaned values by field."""
    found = {
        "title": text_faults(fields.get("title"), TITLE_CHARS),
        "content": text_faults(fields.get("content"), None),
        "summary": too_long(fields.get("summary"), SUMMARY_CHARS),
        "slug": slug_faults(post, fields.get("slug")),
        "tags": taxonomy.tag_faults(taxonomy.split_tags(fields.get("tags", ""))),
        "language": language_faults(fields.get("language")),
        "published_at": time_faults(fields.get("published_at")),
        "new_category": category_faults(fields.get("new_category"), editor),
    }
    return {field: faults for field, faults in found.items() if faults}


def text_faults(value: str | None, most: int | None) -> list[str]:
    """Say what is wrong with a text that must not be empty; None is one that was not given."""
    if value is not None and not value:
        return [_("This field is needed.")]
    return too_long(value, most) if most else []


def too_long(value: str | None, most: int) -> list[str]:
    """Say so when a text has more characters than allowed."""
    if value and len(value) > most:
        return [_("Use at most %(most)d characters.", most=most)]
    return []


def slug_faults(post: Post, slug: str | None) -> list[str]:
    """Say what is wrong with the form of an address."""
    if not slug or slug == post.slug or (len(slug) <= SLUG_CHARS and SLUG.fullmatch(slug)):
        return []
    return [
        _(
            "Use small letters a–z, digits and single hyphens, at most %(most)d characters.",
            most=SLUG_CHARS,
        )
    ]


def is_taken(post: Post, slug: str | None) -> bool:
    """Say whether an address is another article's, or was once."""
    if not slug or slug == post.slug:
        return False
    with db.session.no_autoflush:
        other = db.session.scalar(select(Post.id).where(Post.slug == slug))
        redirect = db.session.get(Redirect, article_path(slug))
    return other is not None or (redirect is not None and redirect.post_id != post.id)


def language_faults(language: str | None) -> list[str]:
    """Say what is wrong with a language's code."""
    if language and (len(language) > LANGUAGE_CHARS or not LANGUAGE.fullmatch(language)):
        return [_("This is not a language code, such as en or zh.")]
    return []


def time_faults(time: datetime | None) -> list[str]:
    """Say what is wrong with a time of publication."""
    if time is not None and time.year not in YEARS:
        return [_("This year is out of range.")]
    return []


def category_faults(name: str | None, editor: User) -> list[str]:
    """Say what is wrong with a category to be added."""
    if not name:
        return []
    if not editor.can(Permission.DELETE):
        return [_("Only editors may add categories.")]
    return too_long(name, taxonomy.NAME_CHARS)
