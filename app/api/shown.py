"""How articles are shown, field by field: what `PostSchema` says, without its machinery.

A list of twenty articles has seven hundred values, and marshmallow takes ten calls for each.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from operator import attrgetter
from typing import Any

from app.models import Category, Post, Tag, User
from app.services.listed import ListedPost, Person, Topic


def moment(name: str) -> Callable[[Post | ListedPost], str | None]:
    """Return what shows a time of an article."""

    def show(post: Post | ListedPost) -> str | None:
        value: datetime | None = getattr(post, name)
        return value.isoformat() if value else None

    return show


def person(user: User | Person) -> dict[str, Any]:
    """Return how an author is shown."""
    return {
        "id": user.id,
        "username": user.username,
        "nickname": user.nickname,
        "avatar_url": user.avatar_url,
    }


def topic(found: Category | Tag | Topic) -> dict[str, Any]:
    """Return how a category or a tag is shown with an article."""
    return {"id": found.id, "name": found.name, "slug": found.slug}


MOMENTS = ("published_at", "created_at", "updated_at")
SPECIAL: dict[str, Callable[[Any], Any]] = {
    "url": attrgetter("path"),
    "author": lambda post: person(post.author),
    "category": lambda post: topic(post.category) if post.category else None,
    "tags": lambda post: [topic(tag) for tag in post.tags],
    **{name: moment(name) for name in MOMENTS},
}


def shown_posts(posts: Iterable[Post | ListedPost], only: Iterable[str]) -> list[dict[str, Any]]:
    """Return articles with some of their fields, ready for JSON."""
    fields = [(name, SPECIAL.get(name) or attrgetter(name)) for name in only]
    return [{name: show(post) for name, show in fields} for post in posts]
