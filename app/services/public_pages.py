"""Which of the readers' pages show an article, a comment, a category or a tag."""

from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import quote

from sqlalchemy import select

from app.extensions import db
from app.models import Category, Post, Tag
from app.models.base import utc_now
from app.services.reading.archive import month_of

# Those that list the newest articles or count all of them.
LISTS = ("/", "/articles", "/feed.atom", "/feed.json", "/archive", "/sitemap.xml")
# An article whose time has come is looked for this far back: a worker may have been away.
LATELY = timedelta(hours=1)


def of_post(post: Post) -> list[str]:
    """Return the pages that show an article readers may see: its own first; none for a draft."""
    if not post.is_public or not post.published_at:
        return []
    topics: list[Category | Tag] = [*([post.category] if post.category else []), *post.tags]
    return encoded(
        [
            post.path,
            *LISTS,
            *(path for topic in topics for path in of_topic(topic)),
            f"/authors/{post.author.username}",
            f"/archive/{month_of(post.published_at):%Y-%m}",
        ]
    )


def of_comments(post: Post) -> list[str]:
    """Return the page that shows an article's comments."""
    return encoded([post.path])


def of_topic(topic: Category | Tag) -> list[str]:
    """Return the page of a category or a tag."""
    kind = "categories" if isinstance(topic, Category) else "tags"
    return encoded([f"/{kind}/{topic.slug}"])


def of_new_posts() -> list[str]:
    """Return the pages that show what has appeared lately."""
    now = utc_now()
    lately = select(Post).where(Post.is_published, Post.published_at.between(now - LATELY, now))
    newest = lately.order_by(Post.published_at.desc()).limit(20)
    return [page for post in db.session.scalars(newest) for page in of_post(post)] or [*LISTS]


def encoded(paths: Iterable[str]) -> list[str]:
    """Return paths as browsers send them, once each."""
    return list(dict.fromkeys(quote(path, safe="/%") for path in paths))
