"""Articles and the old addresses that lead to them."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Model, TimestampMixin, UtcDateTime, check_in, utc_now
from app.models.post_tags import post_tags
from app.models.taxonomy import Category, Tag
from app.models.upload import Upload, post_uploads

if TYPE_CHECKING:
    from app.models.comment import Comment
    from app.models.user import User

CONTENT_FORMATS = ("markdown", "html")


class Post(TimestampMixin, Model):
    """An article.

    `content` is what the author wrote; `content_html`, `content_text`, `toc` and the reading time
    are made from it when it is written (see `derived.py`), so that reading never renders. The
    bodies are deferred: lists do not load them.
    """

    __tablename__ = "posts"
    __table_args__ = (
        CheckConstraint(check_in("content_format", CONTENT_FORMATS), name="content_format"),
        CheckConstraint("NOT is_published OR published_at IS NOT NULL", name="published_at"),
        CheckConstraint("view_count >= 0", name="view_count"),
        UniqueConstraint("import_source", "import_key"),
        *(
            Index(
                f"ix_posts_{name}",
                *columns,
                postgresql_where=text("is_published"),
                sqlite_where=text("is_published = 1"),
            )
            for name, columns in {
                "published": ("published_at", "id"),
                "category_published": ("category_id", "published_at", "id"),
                "author_published": ("author_id", "published_at", "id"),
            }.items()
        ),
        Index("ix_posts_author_id", "author_id", "updated_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    # The former value must be known, since it becomes a redirect.
    slug: Mapped[str] = mapped_column(String(200), unique=True, active_history=True)
    summary: Mapped[str | None] = mapped_column(String(500))
    language: Mapped[str | None] = mapped_column(String(20))
    is_published: Mapped[bool] = mapped_column(default=False)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    view_count: Mapped[int] = mapped_column(default=0)
    word_count: Mapped[int] = mapped_column(default=0)
    reading_minutes: Mapped[int] = mapped_column(default=1)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    category_id: Mapped[int | None] = mapped_column(
        ForeignKey("categories.id", ondelete="SET NULL")
    )
    content_format: Mapped[str] = mapped_column(String(10), default="markdown")
    content: Mapped[str] = mapped_column(Text, deferred=True)
    content_html: Mapped[str] = mapped_column(Text, default="", deferred=True)
    content_text: Mapped[str] = mapped_column(Text, default="", deferred=True)
    toc: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list, deferred=True)
    import_source: Mapped[str | None] = mapped_column(String(20))
    import_key: Mapped[str | None] = mapped_column(String(500))
    version: Mapped[int] = mapped_column(default=1)

    author: Mapped["User"] = relationship(back_populates="posts")
    category: Mapped[Category | None] = relationship(back_populates="posts")
    tags: Mapped[list[Tag]] = relationship(
        secondary=post_tags, back_populates="posts", order_by=Tag.name, lazy="selectin"
    )
    uploads: Mapped[list[Upload]] = relationship(secondary=post_uploads, passive_deletes=True)
    comments: Mapped[list["Comment"]] = relationship(
        back_populates="post", cascade="all, delete-orphan", passive_deletes=True, lazy="raise"
    )
    redirects: Mapped[list["Redirect"]] = relationship(
        back_populates="post", cascade="all, delete-orphan", passive_deletes=True
    )

    # An UPDATE names the version it read; a second editor's save then fails instead of winning.
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    @property
    def path(self) -> str:
        """The article's address inside the site."""
        return article_path(self.slug)

    @property
    def is_public(self) -> bool:
        """Whether anonymous readers may see it now."""
        return (
            self.is_published and self.published_at is not None and self.published_at <= utc_now()
        )

    def __repr__(self) -> str:
        return f"<Post {self.id} {self.slug}>"


class Redirect(Model):
    """A path that once was, or was elsewhere, an article's; it answers 301 to the article."""

    __tablename__ = "redirects"
    __table_args__ = (Index("ix_redirects_post_id", "post_id"),)

    path: Mapped[str] = mapped_column(String(500), primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))

    post: Mapped[Post] = relationship(back_populates="redirects")


def article_path(slug: str) -> str:
    """Return the path of the article with this slug."""
    return f"/articles/{slug}"
