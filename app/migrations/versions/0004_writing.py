"""Create what surrounds an article while it is written, and what is known about its pictures."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "revisions",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "post_id", sa.Integer(), sa.ForeignKey("posts.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("editor_id", sa.Integer(), sa.ForeignKey("users.id", ondelete="SET NULL")),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.String(length=500), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("word_count", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_revisions_post_id", "revisions", ["post_id", "id"])
    op.create_table(
        "autosaves",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "user_id", sa.Integer(), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("post_id", sa.Integer(), sa.ForeignKey("posts.id", ondelete="CASCADE")),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("user_id", "post_id"),
    )
    op.create_index("ix_autosaves_post_id", "autosaves", ["post_id"])
    op.create_table(
        "preview_links",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "post_id", sa.Integer(), sa.ForeignKey("posts.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("token", sa.String(length=64), nullable=False, unique=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_preview_links_post_id", "preview_links", ["post_id"])
    op.add_column(
        "uploads", sa.Column("widths", sa.JSON(), nullable=False, server_default=sa.text("'[]'"))
    )
    op.add_column(
        "uploads",
        sa.Column("alt", sa.String(length=300), nullable=False, server_default=sa.text("''")),
    )
    op.create_table(
        "post_uploads",
        sa.Column(
            "post_id", sa.Integer(), sa.ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column(
            "upload_id",
            sa.Integer(),
            sa.ForeignKey("uploads.id", ondelete="CASCADE"),
            primary_key=True,
        ),
    )
    op.create_index("ix_post_uploads_upload_id", "post_uploads", ["upload_id"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("post_uploads")
    with op.batch_alter_table("uploads") as batch:
        batch.drop_column("alt")
        batch.drop_column("widths")
    op.drop_table("preview_links")
    op.drop_table("autosaves")
    op.drop_table("revisions")
