"""Create the tables of site settings, of views by day and of former topic addresses."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "site_settings",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_site_settings")),
    )
    op.create_table(
        "view_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("views", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_view_days")),
    )
    op.create_table(
        "topic_redirects",
        sa.Column("path", sa.String(length=100), nullable=False),
        sa.Column("target", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_topic_redirects")),
    )
    op.create_index("ix_topic_redirects_target", "topic_redirects", ["target"])


def downgrade() -> None:
    """Go back."""
    for table in ("topic_redirects", "view_days", "site_settings"):
        op.drop_table(table)
