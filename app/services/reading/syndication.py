"""What feeds and the sitemap are made of."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import joinedload, undefer

from app.models import Category, Post, Tag, User, db
from app.models.post import article_path
from app.services.reading.lists import is_public, newest_first

# A sitemap file may hold 50,000 addresses; smaller parts are cheaper to make on request.
SITEMAP_PART_SIZE = 10_000
MAX_SITEMAP_PAGES = 5_000


class SitemapEntry(NamedTuple):
    """A path of the site and, where known, when it last changed."""

    path: str
    changed_at: datetime | None = None


def newest_in_full(*, limit: int = 20) -> list[Post]:
    """Return the newest public posts with body, author, category and tags, in two statements."""
    return list(
        db.session.scalars(
            newest_first(select(Post).where(is_public()))
            .limit(limit)
            .options(
                joinedload(Post.author).load_only(User.username, User.nickname, User.avatar_url),
                joinedload(Post.category),
                undefer(Post.content_html),
            )
        )
    )


def count_sitemap_parts() -> int:
    """Return how many parts the posts need; parts are ranges of ids, so that each is stable."""
    newest = db.session.scalar(select(func.max(Post.id))) or 0
    return -(-newest // SITEMAP_PART_SIZE)


def sitemap_posts(*, part: int) -> list[SitemapEntry]:
    """Return the public posts of a part; parts count from 1."""
    rows = db.session.execute(
        select(Post.slug, Post.updated_at)
        .where(
            is_public(),
            Post.id > (part - 1) * SITEMAP_PART_SIZE,
            Post.id <= part * SITEMAP_PART_SIZE,
        )
        .order_by(Post.id)
    )
    return [SitemapEntry(article_path(slug), updated_at) for slug, updated_at in rows]


def sitemap_pages() -> list[tuple[str, str]]:
    """Return kind ("category", "tag", "author") and slug of every list that holds a post."""
    kinds = {
        "category": select(literal("category").label("kind"), Category.slug.label("slug")).where(
            select(Post.id).where(Post.category_id == Category.id, is_public()).exists()
        ),
        "tag": select(literal("tag"), Tag.slug).where(Tag.posts.any(is_public())),
        "author": select(literal("author"), User.username).where(
            User.is_active,
            select(Post.id).where(Post.author_id == User.id, is_public()).exists(),
        ),
    }
    rows = db.session.execute(union_all(*kinds.values()).limit(MAX_SITEMAP_PAGES))
    return [(kind, slug) for kind, slug in rows]
