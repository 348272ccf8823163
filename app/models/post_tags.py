"""Which posts carry which tags, and since when: a tag's newest posts are read off an index.

`published_at` is the post's while it is published, else NULL; triggers see to it, whoever writes,
an earlier release included.
"""

from sqlalchemy import Column, Connection, ForeignKey, Index, Table, event, text

from app.extensions import db
from app.models.base import UtcDateTime

post_tags = Table(
    "post_tags",
    db.metadata,
    Column("post_id", ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True),
    Column("tag_id", ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True),
    Column("published_at", UtcDateTime),
    Index("ix_post_tags_tag_id", "tag_id", "post_id"),
    Index("ix_post_tags_newest", "tag_id", "published_at", "post_id"),
)

TRIGGERS = {
    "postgresql": [
        # Shared with nobody who publishes the post meanwhile: what is read here holds.
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


@event.listens_for(post_tags, "after_create")
def create_triggers(_: Table, connection: Connection, **__: object) -> None:
    """Keep the times where the table was created."""
    for statement in TRIGGERS[connection.dialect.name]:
        connection.execute(text(statement))


@event.listens_for(post_tags, "after_drop")
def drop_functions(_: Table, connection: Connection, **__: object) -> None:
    """Drop what the triggers leave behind."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("DROP FUNCTION IF EXISTS date_post_tag, date_tags_of_post CASCADE"))
