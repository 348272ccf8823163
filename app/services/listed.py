"""Articles in lists: rows with what is shown of them, no objects of the database.

Loading twenty articles with authors, categories and tags as objects takes longer than all the rest
of the request.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, select

from app.extensions import db
from app.models import Category, Post, Tag, User, post_tags
from app.models.post import article_path

# What programs are shown, and what stands on pages.
COLUMNS = (
    *("id", "title", "slug", "content_format", "summary", "language", "is_published"),
    *("published_at", "view_count", "word_count", "reading_minutes", "version"),
    *("created_at", "updated_at"),
)
PAGE_COLUMNS = ("id", "title", "slug", "summary", "language", "published_at", "reading_minutes")


class Person(NamedTuple):
    """What is shown of an author."""

    id: int
    username: str
    nickname: str | None
    avatar_url: str | None

    @property
    def display_name(self) -> str:
        """The name shown to readers."""
        return self.nickname or self.username


class Topic(NamedTuple):
    """What is shown of a category or a tag."""

    id: int
    name: str
    slug: str


class ListedPost:
    """What is shown of an article: the attributes of `Post`, and no others."""

    author: Person
    category: Topic | None
    tags: list[Topic]

    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__ = values

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    @property
    def path(self) -> str:
        """The article's address inside the site."""
        return article_path(self.slug)


def with_columns(statement: Select[Any], names: tuple[str, ...], *further: Any) -> Select[Any]:
    """Have a statement of articles return what `listed_post` reads, and further columns."""
    return (
        statement.with_only_columns(
            *(User.id, User.username, User.nickname, User.avatar_url),
            *(Category.id, Category.name, Category.slug),
            *(getattr(Post, name) for name in names),
            *further,
        )
        .select_from(Post)
        .join(User, User.id == Post.author_id)
        .outerjoin(Category, Category.id == Post.category_id)
    )


def listed_post(row: Any, names: tuple[str, ...]) -> ListedPost:
    """Return the article of a row, without tags."""
    post = ListedPost(dict(zip(names, row[7:], strict=False)))
    post.author = Person(*row[:4])
    post.category = Topic(*row[4:7]) if row[4] is not None else None
    return post


def fetch_posts(
    statement: Select[Any], values: Mapping[str, Any], names: tuple[str, ...]
) -> list[ListedPost]:
    """Return the articles of a statement with their tags, in two statements."""
    posts: dict[int, ListedPost] = {}
    for row in db.session.execute(statement, values):
        post = listed_post(row, names)
        post.tags = []
        posts[post.id] = post
    if posts:
        for post_id, *topic in db.session.execute(tags_of_posts(), {"ids": list(posts)}):
            posts[post_id].tags.append(Topic(*topic))
    return list(posts.values())


@cache
def tags_of_posts() -> Select[Any]:
    """Return the statement of the tags of some articles."""
    return (
        select(post_tags.c.post_id, Tag.id, Tag.name, Tag.slug)
        .join(Tag, Tag.id == post_tags.c.tag_id)
        .where(post_tags.c.post_id.in_(bindparam("ids", expanding=True)))
        .order_by(Tag.name)
    )
