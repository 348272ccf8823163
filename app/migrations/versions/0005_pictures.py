"""Note which stored files the articles show that are there already."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

ADDRESS = re.compile(r'"/uploads/([0-9a-f]{2}/[0-9a-f]{62}\.[a-z]{3,4})"')


def upgrade() -> None:
    """Go forward; a migration of its own, so that no table is locked while articles are read."""
    if op.get_context().as_sql:
        return
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT id, path FROM uploads"))
    uploads = {path: number for number, path in rows}
    posts = connection.execute(
        sa.text("SELECT id, content_html FROM posts WHERE content_html LIKE '%\"/uploads/%'")
    )
    uses = [
        {"post_id": number, "upload_id": uploads[path]}
        for number, html in posts
        for path in set(ADDRESS.findall(html)) & uploads.keys()
    ]
    if uses:
        connection.execute(
            sa.text("INSERT INTO post_uploads (post_id, upload_id) VALUES (:post_id, :upload_id)"),
            uses,
        )


def downgrade() -> None:
    """Go back: forget them again."""
    op.execute("DELETE FROM post_uploads")
