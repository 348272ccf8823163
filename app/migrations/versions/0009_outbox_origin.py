"""Let messages of the outbox know the request that caused them; find dead ones at once."""

import sqlalchemy as sa
from alembic import op

from app.migrations import online

revision = "0009"
down_revision = "0008"

COLUMNS = {"request_id": 64, "traceparent": 55}


def upgrade() -> None:
    """Go forward; again where the index could not be built."""
    for name, length in COLUMNS.items():
        op.add_column(
            "outbox",
            sa.Column(name, sa.String(length=length)),
            if_not_exists=online.on_postgresql() or None,
        )
    dead = sa.text("dead_at IS NOT NULL")
    online.create_index(
        "ix_outbox_dead", "outbox", ["kind"], postgresql_where=dead, sqlite_where=dead
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_outbox_dead", "outbox")
    with op.batch_alter_table("outbox") as batch:
        for name in COLUMNS:
            batch.drop_column(name)
