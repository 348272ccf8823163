"""Reads the comments under an item of a WordPress export."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from xml.etree.ElementTree import Element

from app.services.importing.content import comment_text
from app.services.importing.records import ImportedComment
from app.services.importing.times import parse_time
from app.services.importing.wordpress.autop import add_paragraphs
from app.services.importing.wordpress.terms import text

_APPROVED = ("1", "approve", "approved")
_THROWN_AWAY = ("spam", "trash", "post-trashed")


def read_comments(
    item: Element, authors_by_id: Mapping[str, str], warn: Callable[[str], None]
) -> list[ImportedComment]:
    """Return the comments that people wrote and nobody threw away, each after its parent.

    Spam, trash and pingbacks are left out and counted in a warning; replies to them move up to
    the nearest ancestor that stays.
    """
    parents: dict[str, str] = {}
    kept: dict[str, ImportedComment] = {}
    dropped: Counter[str] = Counter()
    for element in item.iter("{wp}comment"):
        source_id = text(element, "wp:comment_id")
        parents[source_id] = text(element, "wp:comment_parent")
        if reason := _why_not(element):
            dropped[reason] += 1
        elif source_id not in kept:
            kept[source_id] = _comment(element, source_id, authors_by_id)
    for reason, count in dropped.items():
        warn(f"{count} comment(s) left out: {reason}")
    return [_with_parent(comment, parents, kept) for comment in _in_order(kept, parents)]


def _why_not(element: Element) -> str | None:
    kind, state = text(element, "wp:comment_type"), text(element, "wp:comment_approved")
    if kind not in ("", "comment"):
        return kind
    if state in _THROWN_AWAY:
        return state
    return None if text(element, "wp:comment_content") else "empty"


def _comment(element: Element, source_id: str, authors: Mapping[str, str]) -> ImportedComment:
    moments = (text(element, f"wp:comment_date{suffix}") for suffix in ("_gmt", ""))
    return ImportedComment(
        source_id=source_id,
        content=comment_text(add_paragraphs(text(element, "wp:comment_content"))),
        author_name=text(element, "wp:comment_author"),
        author_url=text(element, "wp:comment_author_url") or None,
        author=authors.get(text(element, "wp:comment_user_id")),
        created_at=next((found for m in moments if (found := parse_time(m))), None),
        is_approved=text(element, "wp:comment_approved") in _APPROVED,
    )


def _in_order(
    kept: Mapping[str, ImportedComment], parents: Mapping[str, str]
) -> list[ImportedComment]:
    """Sort by depth, so that a reply never comes before what it answers."""
    depths = {source_id: len(_ancestors(source_id, parents)) for source_id in kept}
    return sorted(kept.values(), key=lambda comment: depths[comment.source_id])


def _with_parent(
    comment: ImportedComment, parents: Mapping[str, str], kept: Mapping[str, ImportedComment]
) -> ImportedComment:
    ancestors = _ancestors(comment.source_id, parents)
    parent = next((ancestor for ancestor in ancestors if ancestor in kept), None)
    return replace(comment, parent_id=parent)


def _ancestors(source_id: str, parents: Mapping[str, str]) -> list[str]:
    """Return the ids above a comment, the nearest first; a circle ends where it closes."""
    found: list[str] = []
    while (source_id := parents.get(source_id, "0")) not in ("", "0", *found):
        found.append(source_id)
    return found
