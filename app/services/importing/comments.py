"""Writes imported comments as threads; what was moderated here stays as it is."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from flask import current_app
from sqlalchemy import select

from app.models import Comment, Post, db
from app.services.clean import clean_line, clean_text
from app.services.importing.records import ImportedComment, ImportedPost
from app.services.importing.report import Report

if TYPE_CHECKING:
    from app.services.importing.batch import Target

MAX_NAME_CHARS = 80
MAX_URL_CHARS = 500
NAMELESS = "Anonymous"


def write_comments(
    pairs: Iterable[tuple[ImportedPost, Post]], target: "Target", report: Report
) -> None:
    """Add the comments that are not there yet, those of many articles together."""
    pairs = [(record, post) for record, post in pairs if record.comments]
    known = _known_comments([post for _, post in pairs], target)
    for record, post in pairs:
        written: dict[str, Comment] = {}
        for comment in record.comments:
            key = target.key(f"{record.source_id}#{comment.source_id}")
            if (row := known.get(key)) is not None:
                report.unchanged["comments"] += 1
            else:
                row = _new_comment(comment, key, post, written, target)
                db.session.add(row)
                report.made["comments"] += 1
            written[comment.source_id] = row


def _known_comments(posts: Sequence[Post], target: "Target") -> dict[str, Comment]:
    ids = [post.id for post in posts]
    found = db.session.scalars(
        select(Comment).where(Comment.post_id.in_(ids), Comment.import_source == target.source)
    )
    return {str(comment.import_key): comment for comment in found}


def _new_comment(
    record: ImportedComment, key: str, post: Post, written: Mapping[str, Comment], target: "Target"
) -> Comment:
    parent = _allowed_parent(written.get(record.parent_id or ""))
    author_id = target.authors.get(record.author or "")
    return Comment(
        content=clean_text(record.content),
        is_approved=record.is_approved,
        post_id=post.id,
        author_id=author_id,
        author_name=None
        if author_id
        else clean_line(record.author_name)[:MAX_NAME_CHARS] or NAMELESS,
        author_url=None if author_id else _web_address(record.author_url),
        parent=parent,
        depth=parent.depth + 1 if parent else 0,
        created_at=record.created_at or post.created_at,
        deleted_at=record.deleted_at,
        import_source=target.source,
        import_key=key,
    )


def _allowed_parent(parent: Comment | None) -> Comment | None:
    """Return the comment a reply goes under: an ancestor where the parent is as deep as allowed."""
    while parent is not None and parent.depth >= current_app.config["COMMENT_MAX_DEPTH"]:
        parent = parent.parent
    return parent


def _web_address(address: str | None) -> str | None:
    usable = address and address.startswith(("http://", "https://"))
    return address if address and usable and len(address) <= MAX_URL_CHARS else None
