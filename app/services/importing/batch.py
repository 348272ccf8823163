"""Writes some articles in one transaction: made, brought up to date, or left alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import selectinload, undefer
from sqlalchemy.orm.attributes import flag_modified

from app.models import Category, Post, Redirect, Tag, db
from app.models.base import utc_now
from app.models.post import article_path
from app.services import publishing
from app.services.importing.comments import write_comments
from app.services.importing.records import ImportedPost, Problem
from app.services.importing.report import Report
from app.services.importing.terms import TermStore

CHANGED_HERE = "it was changed here after it was imported"


@dataclass(frozen=True, slots=True)
class Target:
    """Where articles go: the name and prefix of their keys, their authors, their terms."""

    source: str
    prefix: str
    authors: Mapping[str, int]
    fallback_author_id: int
    language: str | None
    categories: TermStore[Category]
    tags: TermStore[Tag]

    def key(self, source_id: str) -> str:
        """Return the key under which an item is found again."""
        return f"{self.prefix}{source_id}"


def write_posts(records: Iterable[ImportedPost], target: Target) -> Report:
    """Write articles with their comments and former addresses, without committing."""
    records = list(records)
    report = Report()
    category_terms = [record.category for record in records if record.category]
    tag_terms = [term for record in records for term in record.tags]
    report.made["categories"] += target.categories.ensure(category_terms)
    report.made["tags"] += target.tags.ensure(tag_terms)
    held = [*target.categories.load(category_terms), *target.tags.load(tag_terms)]
    known = _known_posts(records, target)
    posts = {}
    with db.session.no_autoflush:
        for record in records:
            posts[record.source_id] = _write(record, known, target, report)
    db.session.flush()
    _write_aliases([(record, posts[record.source_id]) for record in records], report)
    write_comments([(record, posts[record.source_id]) for record in records], target, report)
    db.session.flush()
    del held
    return report


def _known_posts(records: Iterable[ImportedPost], target: Target) -> dict[str, Post]:
    keys = [target.key(record.source_id) for record in records]
    found = db.session.scalars(
        select(Post)
        .where(Post.import_source == target.source, Post.import_key.in_(keys))
        .options(undefer(Post.content), undefer(Post.content_text), selectinload(Post.tags))
    )
    return {str(post.import_key): post for post in found}


def _write(record: ImportedPost, known: Mapping[str, Post], target: Target, report: Report) -> Post:
    key = target.key(record.source_id)
    post = known.get(key)
    if post is None:
        post = _new_post(record, key, target)
        db.session.add(post)
        publishing.schedule_refresh(post)
        report.made["posts"] += 1
    elif _is_changed_here(post, record):
        report.note(Problem(record.title, CHANGED_HERE))
    elif _update(post, record, target):
        publishing.schedule_refresh(post)
        report.updated["posts"] += 1
    else:
        report.unchanged["posts"] += 1
    return post


def _new_post(record: ImportedPost, key: str, target: Target) -> Post:
    now = utc_now()
    fallback = min(record.fallback_time or now, now)
    created = record.created_at or record.published_at or fallback
    post = Post(
        slug=record.slug,
        created_at=created,
        updated_at=record.updated_at or created,
        view_count=record.view_count,
        import_source=target.source,
        import_key=key,
    )
    for name, value in _values(record, target).items():
        setattr(post, name, value)
    post.summary = record.summary
    post.published_at = _published_at(record, created)
    return post


def _values(record: ImportedPost, target: Target) -> dict[str, object]:
    """Return what an article takes from its record whenever it is imported."""
    category = [record.category] if record.category else []
    return {
        "title": record.title,
        "content": record.content,
        "content_format": record.content_format,
        "language": record.language or target.language,
        "is_published": record.is_published,
        "author_id": target.authors.get(record.author or "", target.fallback_author_id),
        "category": next(iter(target.categories.rows(category)), None),
        "tags": target.tags.rows(record.tags),
    }


def _is_changed_here(post: Post, record: ImportedPost) -> bool:
    """Say whether an article was edited here after its last change in the old blog."""
    return post.updated_at > (record.updated_at or record.created_at or post.created_at)


def _update(post: Post, record: ImportedPost, target: Target) -> bool:
    """Take over what is different; say whether anything was."""
    created = record.created_at or post.created_at
    values = _values(record, target) | {
        "created_at": created,
        "updated_at": record.updated_at or created,
        "published_at": _published_at(record, post.published_at or created),
    }
    if record.summary is not None:
        values["summary"] = record.summary
    values["tags"] = _same_order(post.tags, target.tags.rows(record.tags))
    different = {name: value for name, value in values.items() if getattr(post, name) != value}
    for name, value in different.items():
        setattr(post, name, value)
    if different:
        # Named in the statement even where it stays the same: else it would become the present
        # and the article look as if it had been edited here.
        flag_modified(post, "updated_at")
    return bool(different)


def _same_order(old: list[Tag], new: list[Tag]) -> list[Tag]:
    return old if {tag.id for tag in old} == {tag.id for tag in new} else new


def _published_at(record: ImportedPost, fallback: datetime) -> datetime | None:
    if record.is_published:
        return record.published_at or record.created_at or fallback
    return record.published_at


def _write_aliases(pairs: Iterable[tuple[ImportedPost, Post]], report: Report) -> None:
    """Let former addresses lead to articles, unless one leads to another article already."""
    wanted = [(record, post, path) for record, post in pairs for path in _former(record, post)]
    paths = {path for _, _, path in wanted}
    found = db.session.scalars(select(Redirect).where(Redirect.path.in_(paths)))
    leads_to = {redirect.path: redirect.post_id for redirect in found}
    for record, post, path in wanted:
        if path not in leads_to:
            db.session.add(Redirect(path=path, post_id=post.id))
            leads_to[path] = post.id
            report.made["redirects"] += 1
        elif leads_to[path] == post.id:
            report.unchanged["redirects"] += 1
        else:
            report.warn(record.title, [f"the former address {path} leads to another article"])


def _former(record: ImportedPost, post: Post) -> list[str]:
    return [path for path in dict.fromkeys(record.aliases) if path != article_path(post.slug)]
