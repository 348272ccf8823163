"""Small blogs in foreign formats, written for each test, and what is read from them."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from app.services.importing import MarkdownTree, Source
from app.services.importing.records import ImportedPost, Outline, Problem


class Blog:
    """What a source yields when every post gets the slug it wants."""

    def __init__(self, source: Source) -> None:
        self.outline: Outline = source.outline()
        slugs = {entry.source_id: entry.wanted_slug for entry in self.outline.entries}
        items = list(source.posts(slugs))
        self.posts = {item.source_id: item for item in items if isinstance(item, ImportedPost)}
        self.problems = [*self.outline.problems, *(i for i in items if isinstance(i, Problem))]

    @property
    def post(self) -> ImportedPost:
        """The only post."""
        (post,) = self.posts.values()
        return post

    def reason(self, item: str) -> str:
        """Why an item was left out."""
        (reason,) = {problem.reason for problem in self.problems if problem.item == item}
        return reason


@pytest.fixture
def png() -> bytes:
    """Give the bytes of a small picture."""
    out = io.BytesIO()
    Image.new("RGB", (4, 3), "#336699").save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def make_tree(tmp_path: Path) -> Callable[[dict[str, str | bytes]], Path]:
    """Give a function that writes a folder of files."""

    def make(files: dict[str, str | bytes]) -> Path:
        root = tmp_path / "site"
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return root

    return make


@pytest.fixture
def read_tree(make_tree: Callable[..., Path]) -> Callable[..., Blog]:
    """Give a function that reads a tree of Markdown written for the occasion."""
    return lambda files, **options: Blog(MarkdownTree(make_tree(files), **options))


@pytest.fixture
def read_blog() -> Callable[[Source], Blog]:
    """Give a function that reads any source."""
    return Blog
