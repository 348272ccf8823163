"""Walks through the blog and writes one folder for each article."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload, undefer

from app.models import Category, Comment, Post, Tag, User, db
from app.services import uploads
from app.services.exporting.documents import (
    author_fields,
    comment_fields,
    post_fields,
    site_config,
    term_document,
    to_yaml,
    with_front_matter,
)
from app.services.importing.links import rewrite_html, rewrite_markdown

BATCH = 200
UPLOADS = "/uploads/"

Progress = Callable[[int, int], None]


class ExportRefused(Exception):
    """The folder cannot be written to; the text is one sentence for the operator."""


@dataclass(slots=True)
class Export:
    """What was written, and images that articles show but are not there."""

    posts: int = 0
    comments: int = 0
    images: int = 0
    missing_images: list[str] = field(default_factory=list)


def export_markdown(*, folder: Path, progress: Progress = lambda done, total: None) -> Export:
    """Write the whole blog, drafts included, into an empty folder.

    Left out are accounts' e-mail addresses and passwords. Raises `ExportRefused`.
    """
    content = _prepared(folder)
    export = Export()
    _write(
        folder / "hugo.yaml",
        site_config(title=current_app.config["SITE_NAME"], url=current_app.config["SITE_URL"]),
    )
    for category in db.session.scalars(select(Category)):
        _write(content / "categories" / category.slug / "_index.md", term_document(category))
    for tag in db.session.scalars(select(Tag)):
        _write(content / "tags" / tag.slug / "_index.md", term_document(tag))
    wrote = select(Post.author_id).union(select(Comment.author_id))
    writers = db.session.scalars(select(User).where(User.id.in_(wrote)).order_by(User.id))
    _write(folder / "authors.yaml", to_yaml(author_fields(writers)))
    total = db.session.scalar(select(func.count(Post.id))) or 0
    for post, comments in _posts():
        _write_post(content / "posts" / post.slug, post, comments, export)
        progress(export.posts, total)
    return export


def _prepared(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise ExportRefused(f"{folder} is not empty; give a new folder.")
        content = folder / "content"
        content.mkdir()
    except OSError as error:
        raise ExportRefused(f"{folder} cannot be written: {error.strerror}.") from None
    return content


def _posts() -> Iterator[tuple[Post, Sequence[Comment]]]:
    """Yield every article with its comments, parents first, a batch at a time."""
    last = 0
    query = select(Post).order_by(Post.id).limit(BATCH).options(
        undefer(Post.content), joinedload(Post.author), joinedload(Post.category),
        selectinload(Post.tags), selectinload(Post.redirects),
    )  # fmt: skip
    while posts := db.session.scalars(query.where(Post.id > last)).all():
        last = posts[-1].id
        comments = db.session.scalars(
            select(Comment)
            .where(Comment.post_id.in_([post.id for post in posts]))
            .order_by(Comment.depth, Comment.created_at, Comment.id)
            .options(joinedload(Comment.author))
        ).all()
        for post in posts:
            yield post, [comment for comment in comments if comment.post_id == post.id]
        db.session.expunge_all()


def _write_post(folder: Path, post: Post, comments: Sequence[Comment], export: Export) -> None:
    def localise(address: str, _: bool) -> str | None:
        return _copy_image(address, folder, post.slug, export)

    folder.mkdir(parents=True)
    is_html = post.content_format == "html"
    content = (rewrite_html if is_html else rewrite_markdown)(post.content, localise)
    name = "index.html" if is_html else "index.md"
    _write(folder / name, with_front_matter(post_fields(post), content))
    if comments:
        _write(folder / "comments.yaml", to_yaml([comment_fields(c) for c in comments]))
    export.posts += 1
    export.comments += len(comments)


def _copy_image(address: str, folder: Path, slug: str, export: Export) -> str | None:
    """Put an uploaded image beside the article; return its name there."""
    if not address.startswith(UPLOADS):
        return None
    path = address.removeprefix(UPLOADS)
    stored = uploads.read_file(path)
    if stored is None:
        export.missing_images.append(f"{slug}: {address}")
        return None
    name = path.replace("/", "")
    if not (folder / name).exists():
        (folder / name).write_bytes(stored.data)
        export.images += 1
    return name


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
