"""Files that users have sent, and which articles show them."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, Integer, String, Table
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Model, UtcDateTime, utc_now

# Kept by `derived.py` whenever a text changes, so that nobody has to search all texts.
post_uploads = Table(
    "post_uploads",
    Model.metadata,
    Column("post_id", Integer, ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True),
    Column("upload_id", Integer, ForeignKey("uploads.id", ondelete="CASCADE"), primary_key=True),
    Index("ix_post_uploads_upload_id", "upload_id"),
)


class Upload(Model):
    """A stored file, named by its content, so that the same bytes are kept once.

    `widths` are those of the smaller WebP copies of a picture; `alt` says what it shows.
    """

    __tablename__ = "uploads"
    __table_args__ = (Index("ix_uploads_owner_id", "owner_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(String(120), unique=True)
    filename: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(BigInteger)
    width: Mapped[int | None]
    height: Mapped[int | None]
    widths: Mapped[list[int]] = mapped_column(JSON, default=list, server_default="[]")
    alt: Mapped[str] = mapped_column(String(300), default="", server_default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
