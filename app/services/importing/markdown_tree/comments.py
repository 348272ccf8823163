"""Reads the comments that an export keeps beside an article."""

from pathlib import PurePosixPath

from app.services.importing.markdown_tree.fields import Fields
from app.services.importing.markdown_tree.front_matter import read_yaml
from app.services.importing.records import BadItem, ImportedComment
from app.services.importing.tree import Tree

COMMENTS_FILE = "comments.yaml"


def read_comments(tree: Tree, folder: PurePosixPath) -> list[ImportedComment]:
    """Return the comments of the article in a folder; raises `BadItem` when they are not valid."""
    found = tree.text_of_first(str(folder / COMMENTS_FILE))
    if not found:
        return []
    values = read_yaml(found[1])
    if not isinstance(values, list):
        raise BadItem(f"its {COMMENTS_FILE} is no list")
    entries = [Fields(value) for value in values if isinstance(value, dict)]
    return [_comment(entry, place) for place, entry in enumerate(entries)]


def _comment(entry: Fields, place: int) -> ImportedComment:
    content = entry.first("content")
    return ImportedComment(
        source_id=entry.text("id") or str(place),
        content=content if isinstance(content, str) else "",
        author_name=entry.text("name", "author") or "",
        created_at=entry.time("date"),
        is_approved=entry.truth("approved") is not False,
        parent_id=entry.text("parent"),
        author=entry.text("author"),
        author_url=entry.text("url"),
        deleted_at=entry.time("deleted"),
    )
