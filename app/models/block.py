"""What is not welcome: words, addresses, hosts, networks."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Model, UtcDateTime, check_in, utc_now

BLOCK_KINDS = ("word", "email", "host", "network")


class Block(Model):
    """One entry of the block list."""

    __tablename__ = "blocks"
    __table_args__ = (
        CheckConstraint(check_in("kind", BLOCK_KINDS), name="kind"),
        UniqueConstraint("kind", "value"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    value: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
