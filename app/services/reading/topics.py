"""What lists can be narrowed to: categories, tags, authors."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, false, literal, select, true, union_all

from app.models import Category, Permission, Post, Tag, User, db, post_tags
from app.services.errors import NotFound
from app.services.reading.lists import is_public

MAX_TOPICS = 60


def find_category(*, slug: str) -> Category:
    """Return a category; raises `NotFound`."""
    category = db.session.scalar(select(Category).where(Category.slug == slug))
    if category is None:
        raise NotFound
    return category


def find_author(*, username: str) -> User:
    """Return an active user; raises `NotFound`."""
    user = db.session.scalar(select(User).where(User.username == username, User.is_active))
    if user is None:
        raise NotFound
    return user


def find_tags(*, slugs: Sequence[str]) -> list[Tag]:
    """Return the tags in the order asked for; raises `NotFound` when one of them is unknown."""
    wanted = select(Tag).where(Tag.slug.in_(slugs), is_told())
    found = {tag.slug: tag for tag in db.session.scalars(wanted)}
    if len(found) < len(slugs):
        raise NotFound
    return [found[slug] for slug in slugs]


def is_told(viewer: User | None = None) -> ColumnElement[bool]:
    """Return the condition that a viewer may know of a tag.

    Of those that stand on other people's unpublished articles alone, only editors may: they tell
    what these are about.
    """
    if viewer is not None and viewer.can(Permission.DELETE):
        return true()
    tagged = select(Post.id).join(post_tags, post_tags.c.post_id == Post.id)
    tagged = tagged.where(post_tags.c.tag_id == Tag.id)
    own = Post.author_id == viewer.id if viewer is not None else false()
    return ~tagged.exists() | tagged.where(is_public() | own).exists()


def list_topics() -> tuple[list[Any], list[Any]]:
    """Return the categories and the tags (name, slug) that are in use, each by name; bounded."""
    categories = (
        select(literal("category").label("kind"), Category.name, Category.slug)
        .where(select(Post.id).where(Post.category_id == Category.id, is_public()).exists())
        .order_by(Category.name)
        .limit(MAX_TOPICS)
        .subquery()
    )
    tags = (
        select(literal("tag").label("kind"), Tag.name, Tag.slug)
        .where(
            select(Post.id)
            .join(post_tags, post_tags.c.post_id == Post.id)
            .where(post_tags.c.tag_id == Tag.id, is_public())
            .exists()
        )
        .order_by(Tag.name)
        .limit(MAX_TOPICS)
        .subquery()
    )
    rows = db.session.execute(union_all(select(categories), select(tags))).all()
    return (
        [row for row in rows if row.kind == "category"],
        [row for row in rows if row.kind == "tag"],
    )
