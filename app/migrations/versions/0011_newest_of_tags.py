"""Let a tag know when its posts were published, so that its newest are read off an index."""

import sqlalchemy as sa
from alembic import op

from app.migrations import online

revision = "0011"
down_revision = "0010"

TRIGGERS = {
    "postgresql": [
        "CREATE OR REPLACE FUNCTION date_post_tag() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN SELECT CASE WHEN is_published THEN published_at END INTO NEW.published_at"
        " FROM posts"
        " WHERE id = NEW.post_id FOR SHARE; RETURN NEW; END $$",
        "CREATE OR REPLACE TRIGGER post_tags_dated BEFORE INSERT ON post_tags"
        " FOR EACH ROW EXECUTE FUNCTION date_post_tag()",
        "CREATE OR REPLACE FUNCTION date_tags_of_post() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN UPDATE post_tags SET"
        " published_at = CASE WHEN NEW.is_published THEN NEW.published_at END"
        " WHERE post_id = NEW.id; RETURN NULL; END $$",
        "CREATE OR REPLACE TRIGGER posts_date_tags"
        " AFTER UPDATE OF is_published, published_at ON posts FOR EACH ROW"
        " WHEN ((OLD.is_published, OLD.published_at)"
        " IS DISTINCT FROM (NEW.is_published, NEW.published_at))"
        " EXECUTE FUNCTION date_tags_of_post()",
    ],
    "sqlite": [
        "CREATE TRIGGER IF NOT EXISTS post_tags_dated AFTER INSERT ON post_tags BEGIN"
        " UPDATE post_tags SET published_at ="
        " (SELECT CASE WHEN is_published THEN published_at END FROM posts WHERE id = NEW.post_id)"
        " WHERE post_id = NEW.post_id AND tag_id = NEW.tag_id; END",
        "CREATE TRIGGER IF NOT EXISTS posts_date_tags"
        " AFTER UPDATE OF is_published, published_at ON posts BEGIN"
        " UPDATE post_tags SET published_at = CASE WHEN NEW.is_published THEN NEW.published_at END"
        " WHERE post_id = NEW.id; END",
    ],
}


def upgrade() -> None:
    """Go forward; again where it has failed half way."""
    op.add_column(
        "post_tags",
        sa.Column("published_at", sa.DateTime(timezone=True)),
        if_not_exists=online.on_postgresql() or None,
    )
    # First what is written from now on, then what was written before.
    for statement in TRIGGERS[op.get_context().dialect.name]:
        op.execute(statement)
    online.fill(
        "post_tags",
        "published_at",
        value="posts.published_at",
        source="posts",
        on="posts.id = post_tags.post_id AND posts.is_published",
        by="post_tags.post_id",
    )
    online.create_index("ix_post_tags_newest", "post_tags", ["tag_id", "published_at", "post_id"])


def downgrade() -> None:
    """Go back."""
    if online.on_postgresql():
        op.execute("DROP FUNCTION date_post_tag, date_tags_of_post CASCADE")
    else:
        op.execute("DROP TRIGGER post_tags_dated")
        op.execute("DROP TRIGGER posts_date_tags")
    op.drop_index("ix_post_tags_newest", "post_tags")
    with op.batch_alter_table("post_tags") as batch:
        batch.drop_column("published_at")
