"""The text of the files of an export: front matter, comments, authors, terms."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import yaml

from app.models import Category, Comment, Post, Tag, User

_Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def to_yaml(value: Mapping[str, Any] | Sequence[Any]) -> str:
    """Return a value as YAML, keys in their order, characters as they are."""
    text: str = yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=2**20)
    return text


def with_front_matter(values: Mapping[str, Any], content: str) -> str:
    """Return a document; the content follows to the letter."""
    return f"---\n{to_yaml(values)}---\n{content}"


def post_fields(post: Post) -> dict[str, Any]:
    """Return the front matter of an article, without what it has nothing to say about.

    `ironpress` tells the importer that nothing in the text is a shortcode or a template's tag.
    """
    fields = {
        "title": post.title,
        "slug": post.slug,
        "date": _time(post.created_at),
        "publishDate": _time(post.published_at),
        "lastmod": _time(post.updated_at),
        "draft": not post.is_published,
        "summary": post.summary,
        "language": post.language,
        "author": post.author.username,
        "categories": [post.category.name] if post.category else None,
        "tags": [tag.name for tag in post.tags] or None,
        "aliases": sorted(redirect.path for redirect in post.redirects) or None,
        "view_count": post.view_count or None,
        "ironpress": True,
    }
    return {name: value for name, value in fields.items() if value is not None}


def comment_fields(comment: Comment) -> dict[str, Any]:
    """Return what is kept of a comment; e-mail addresses are not."""
    fields = {
        "id": comment.id,
        "parent": comment.parent_id,
        "author": comment.author.username if comment.author else None,
        "name": comment.author_name,
        "url": comment.author_url,
        "date": _time(comment.created_at),
        "approved": comment.is_approved,
        "deleted": _time(comment.deleted_at),
        "content": comment.content,
    }
    return {name: value for name, value in fields.items() if value is not None}


def author_fields(users: Iterable[User]) -> dict[str, dict[str, str]]:
    """Return the names under which people wrote, by their user names."""
    return {
        user.username: {
            name: value
            for name, value in (("name", user.nickname), ("bio", user.bio))
            if value is not None
        }
        for user in users
    }


def term_document(term: Category | Tag) -> str:
    """Return Hugo's page about a category or a tag."""
    description = term.description if isinstance(term, Category) else None
    values = {"title": term.name, "description": description, "ironpress": True}
    return with_front_matter({name: v for name, v in values.items() if v is not None}, "")


def site_config(*, title: str, url: str) -> str:
    """Return Hugo's configuration: the same addresses as here, and HTML in Markdown allowed."""
    return to_yaml(
        {
            "title": title,
            "baseURL": f"{url}/",
            "permalinks": {"posts": "/articles/:slug/"},
            "markup": {"goldmark": {"renderer": {"unsafe": True}}},
        }
    )


def _time(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None
