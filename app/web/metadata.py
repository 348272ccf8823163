"""What machines read about an article: its language, its picture, schema.org data."""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import urljoin

from flask import current_app, url_for

from app.models import Post
from app.services.listed import ListedPost
from app.services.reading import Article
from app.web.addresses import absolute

HAN = re.compile(r"[\u4e00-\u9fff]")
IMAGE = re.compile(r'<img\b[^>]*?\ssrc="(?!data:)([^"]+)"')
REVISED_AFTER = timedelta(days=1)
HTML_LANGUAGES = {"zh": "zh-Hans", "zh_Hans_CN": "zh-Hans"}


def language_of(post: Post | ListedPost) -> str:
    """Return the language tag of a post; without one, Chinese characters in the title tell."""
    if post.language:
        return HTML_LANGUAGES.get(post.language, post.language.replace("_", "-"))
    if HAN.search(post.title):
        return "zh-Hans"
    return site_language() if site_language() != "zh-Hans" else "en"


def site_language() -> str:
    """Return the language tag of the site itself."""
    configured: str = current_app.config["SITE_LANGUAGE"]
    return HTML_LANGUAGES.get(configured, configured)


def was_revised(post: Post) -> bool:
    """Say whether a post changed after the day of its publication."""
    return post.published_at is not None and post.updated_at - post.published_at > REVISED_AFTER


def first_image(post: Post) -> str | None:
    """Return the absolute address of the first picture in a post, or None."""
    found = IMAGE.search(post.content_html)
    if not found:
        return None
    return urljoin(absolute(post.path), unescape(found[1]))


def blog_posting(article: Article) -> dict[str, Any]:
    """Return the schema.org BlogPosting of an article."""
    post = article.post
    address = absolute(post.path)
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "BlogPosting",
        "headline": post.title,
        "description": post.summary or "",
        "url": address,
        "mainEntityOfPage": address,
        "inLanguage": language_of(post),
        "wordCount": post.word_count,
        "dateModified": post.updated_at.isoformat(),
        "author": {
            "@type": "Person",
            "name": post.author.display_name,
            "url": absolute(url_for("main.author", username=post.author.username)),
        },
        "publisher": {
            "@type": "Organization",
            "name": current_app.config["SITE_NAME"],
            "url": absolute("/"),
        },
    }
    if post.published_at:
        data["datePublished"] = post.published_at.isoformat()
    if image := first_image(post):
        data["image"] = image
    if post.category:
        data["articleSection"] = post.category.name
    if article.tags:
        data["keywords"] = [tag.title for tag in article.tags]
    return data
