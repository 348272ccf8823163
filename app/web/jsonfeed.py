"""The JSON Feed (version 1.1)."""

from collections.abc import Sequence
from typing import Any

from flask import current_app, url_for

from app.models import Post
from app.text.html import absolute_urls
from app.web.addresses import absolute
from app.web.atom import entry_id, rfc3339, topics
from app.web.metadata import first_image, language_of, site_language


def build_feed(posts: Sequence[Post]) -> dict[str, Any]:
    """Return the document."""
    config = current_app.config
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": config["SITE_NAME"],
        "description": config["SITE_TAGLINE"],
        "home_page_url": absolute("/"),
        "feed_url": absolute(url_for("main.json_feed")),
        "icon": absolute(url_for("static", filename="apple-touch-icon.png")),
        "favicon": absolute(url_for("static", filename="favicon.png")),
        "language": site_language(),
        "items": [build_item(post) for post in posts],
    }


def build_item(post: Post) -> dict[str, Any]:
    """Return the item of a post; what is empty is left out."""
    address = absolute(post.path)
    item = {
        "id": entry_id(post),
        "url": address,
        "title": post.title,
        "summary": post.summary,
        "content_html": absolute_urls(post.content_html, address),
        "image": first_image(post),
        "date_published": rfc3339(post.published_at or post.created_at),
        "date_modified": rfc3339(post.updated_at),
        "authors": [
            {
                "name": post.author.display_name,
                "url": absolute(url_for("main.author", username=post.author.username)),
            }
        ],
        "tags": [name for _, name in topics(post)],
        "language": language_of(post),
    }
    return {key: value for key, value in item.items() if value}
