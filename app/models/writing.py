"""What surrounds an article while it is written: former texts, unsaved ones, links to show it."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Model, UtcDateTime, utc_now
from app.models.post import Post

if TYPE_CHECKING:
    from app.models.user import User


class Revision(Model):
    """The texts of an article as they were saved once."""

    __tablename__ = "revisions"
    __table_args__ = (Index("ix_revisions_post_id", "post_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    editor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    title: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(String(500))
    content: Mapped[str] = mapped_column(Text, deferred=True)
    word_count: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    editor: Mapped["User | None"] = relationship(lazy="raise")


class Autosave(Model):
    """A form that was not saved yet, as its writer left it: one for each article and writer.

    `fields` are the values as a browser sends them. One without an article is a new one.
    """

    __tablename__ = "autosaves"
    __table_args__ = (UniqueConstraint("user_id", "post_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    post_id: Mapped[int | None] = mapped_column(
        ForeignKey("posts.id", ondelete="CASCADE"), index=True
    )
    fields: Mapped[dict[str, str]] = mapped_column(JSON)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)


class PreviewLink(Model):
    """An address that shows an article to whoever knows it, until it expires.

    The token is kept as it is: a thief of this table has the articles themselves.
    """

    __tablename__ = "preview_links"
    __table_args__ = (Index("ix_preview_links_post_id", "post_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    token: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)

    post: Mapped[Post] = relationship(lazy="raise")
