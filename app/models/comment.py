"""What readers say about an article."""

from datetime import datetime
from typing import Optional

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Model, UtcDateTime, utc_now
from app.models.post import Post
from app.models.user import User


class Comment(Model):
    """A comment or a reply; a deleted one keeps its place so that the thread stays whole.

    `author` is None where the comment was imported from a blog on which its writer had no
    account; `author_name` and `author_url` say who it was.
    """

    __tablename__ = "comments"
    __table_args__ = (
        CheckConstraint("author_id IS NOT NULL OR author_name IS NOT NULL", name="has_author"),
        CheckConstraint("depth >= 0", name="depth"),
        UniqueConstraint("import_source", "import_key"),
        Index("ix_comments_post_id", "post_id", "created_at"),
        Index("ix_comments_author_id", "author_id"),
        Index("ix_comments_parent_id", "parent_id"),
        Index("ix_comments_is_approved", "is_approved", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[str] = mapped_column(Text)
    content_html: Mapped[str] = mapped_column(Text, default="")
    is_approved: Mapped[bool] = mapped_column(default=False)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    author_name: Mapped[str | None] = mapped_column(String(80))
    author_url: Mapped[str | None] = mapped_column(String(500))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"))
    depth: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When its first appearance was told to whom it replies to.
    noticed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    import_source: Mapped[str | None] = mapped_column(String(20))
    import_key: Mapped[str | None] = mapped_column(String(500))

    post: Mapped[Post] = relationship(back_populates="comments")
    author: Mapped[User | None] = relationship(back_populates="comments")
    parent: Mapped[Optional["Comment"]] = relationship(remote_side=[id], back_populates="replies")
    replies: Mapped[list["Comment"]] = relationship(back_populates="parent", lazy="raise")

    @property
    def display_name(self) -> str:
        """The writer's name as readers see it."""
        return self.author.display_name if self.author else self.author_name or ""
