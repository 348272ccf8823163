"""One article with what belongs around it."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Select,
    bindparam,
    cast,
    func,
    literal,
    null,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import joinedload, raiseload, undefer

from app.models import Permission, Post, Tag, User, db, post_tags
from app.models.base import utc_now
from app.services.errors import NotFound
from app.services.reading.lists import is_public, newest_first

RELATED = 4
# Of each tag and of the category only this many newest posts are considered, so that the cost
# does not grow with the blog.
CANDIDATES = 50

POST_ID = bindparam("post_id", type_=Post.id.type)
CATEGORY_ID = bindparam("category_id", type_=Post.category_id.type)
PUBLISHED_AT = bindparam("published_at", type_=Post.published_at.type)
CONSIDERED = bindparam("candidates", type_=Post.id.type)
NOW = bindparam("now", type_=Post.published_at.type)


@dataclass
class Article:
    """A post with its tags, its neighbours in time, and related posts: rows of title and slug."""

    post: Post
    tags: list[Any] = field(default_factory=list)
    previous: Any = None
    next: Any = None
    related: list[Any] = field(default_factory=list)


def read_article(*, slug: str, viewer: User | None = None) -> Article:
    """Return an article in two statements.

    Raises `NotFound` where there is none, or where it is not public and the viewer is neither
    its author nor an editor.
    """
    post = db.session.scalar(post_in_full(), {"slug": slug})
    if post is None or not may_read(post, viewer):
        raise NotFound
    return with_surroundings(post)


@cache
def post_in_full() -> Select[Any]:
    """Return the statement of a post with its body, author and category."""
    return (
        select(Post)
        .where(Post.slug == bindparam("slug", type_=Post.slug.type))
        .options(
            joinedload(Post.author).load_only(
                User.username, User.nickname, User.avatar_url, User.bio
            ),
            joinedload(Post.category),
            undefer(Post.content_html),
            undefer(Post.toc),
            raiseload(Post.tags),
        )
    )


def may_read(post: Post, viewer: User | None) -> bool:
    """Say whether a viewer may see a post now."""
    if post.is_public:
        return True
    return viewer is not None and (viewer.id == post.author_id or viewer.can(Permission.DELETE))


def with_surroundings(post: Post) -> Article:
    """Fetch tags, neighbours and related posts in one statement."""
    article = Article(post)
    place = {
        "post_id": post.id,
        "category_id": post.category_id,
        "published_at": post.published_at,
        "now": utc_now(),
        "candidates": CANDIDATES,
    }
    rows = db.session.execute(surroundings(), place)
    for row in sorted(rows, key=lambda row: row.rank, reverse=True):
        if row.kind == "tag":
            article.tags.append(row)
        elif row.kind == "related":
            if len(article.related) < RELATED and row.slug not in {r.slug for r in article.related}:
                article.related.append(row)
        else:
            setattr(article, row.kind, row)
    article.tags.sort(key=lambda tag: tag.title)
    return article


@cache
def surroundings() -> CompoundSelect[Any]:
    """Return the statement of what stands around a post.

    It is built once: building it takes longer than running it. Without a category or a time of
    publication the comparisons with NULL find nothing.
    """
    parts = [related_by_tags(), related_by_category(), tags(), *neighbours()]
    return union_all(*[select(part.subquery()) for part in parts])


def related_by_tags() -> Select[Any]:
    """Return the query of posts that share tags; the rank is how many."""
    newest = post_tags.alias()
    floor = (
        select(newest.c.post_id)
        .where(newest.c.tag_id == post_tags.c.tag_id)
        .order_by(newest.c.post_id.desc())
        .offset(CONSIDERED)
        .limit(1)
        .scalar_subquery()
    )
    own = (
        select(post_tags.c.tag_id, func.coalesce(floor, 0).label("floor"))
        .where(post_tags.c.post_id == POST_ID)
        .cte("own")
        # Else PostgreSQL looks the floor up again for every row it joins.
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    shared = (
        select(post_tags.c.post_id, func.count().label("rank"))
        .join(own, (post_tags.c.tag_id == own.c.tag_id) & (post_tags.c.post_id >= own.c.floor))
        .where(post_tags.c.post_id != POST_ID)
        .group_by(post_tags.c.post_id)
        .order_by(func.count().desc(), post_tags.c.post_id.desc())
        .limit(CONSIDERED)
        .subquery()
    )
    return (
        select(*described("related"), shared.c.rank)
        .join(shared, shared.c.post_id == Post.id)
        .where(is_public(NOW))
        .order_by(shared.c.rank.desc(), Post.published_at.desc())
        .limit(RELATED)
    )


def related_by_category() -> Select[Any]:
    """Return the query of the newest other posts of the category."""
    return newest_first(
        select(*described("related"), literal(0).label("rank"))
        .where(is_public(NOW), Post.category_id == CATEGORY_ID, Post.id != POST_ID)
        .limit(RELATED)
    )


def tags() -> Select[Any]:
    """Return the query of the post's tags, in the columns of `described`."""
    return (
        select(
            literal("tag").label("kind"),
            Tag.name.label("title"),
            Tag.slug,
            cast(null(), Post.language.type).label("language"),
            cast(null(), Post.published_at.type).label("published_at"),
            literal(0).label("rank"),
        )
        .join(post_tags, post_tags.c.tag_id == Tag.id)
        .where(post_tags.c.post_id == POST_ID)
    )


def neighbours() -> list[Select[Any]]:
    """Return the queries of the posts before and after this one."""
    place, here = tuple_(Post.published_at, Post.id), tuple_(PUBLISHED_AT, POST_ID)

    def columns(kind: str) -> Select[Any]:
        return select(*described(kind), literal(0).label("rank")).where(is_public(NOW)).limit(1)

    return [
        newest_first(columns("previous").where(place < here)),
        columns("next").where(place > here).order_by(Post.published_at, Post.id),
    ]


def described(kind: str) -> tuple[Any, ...]:
    """Return the columns by which a post is linked to, marked with what it is here."""
    return (
        literal(kind).label("kind"),
        Post.title,
        Post.slug,
        Post.language,
        Post.published_at,
    )
