"""Say in which language, and of what, people want mail."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Go forward."""
    op.add_column("users", sa.Column("language", sa.String(length=20), nullable=True))
    for name in ("notify_replies", "notify_waiting"):
        op.add_column(
            "users", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.true())
        )
    op.add_column("comments", sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Go back."""
    op.drop_column("comments", "noticed_at")
    for name in ("notify_waiting", "notify_replies", "language"):
        op.drop_column("users", name)
