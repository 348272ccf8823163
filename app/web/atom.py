"""The Atom feed (RFC 4287)."""

import re
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring

from flask import current_app, url_for

from app.models import Post
from app.models.base import utc_now
from app.text.html import absolute_urls
from app.web.addresses import absolute
from app.web.metadata import language_of, site_language

# What XML 1.0 cannot hold, not even escaped.
NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def build_feed(posts: Sequence[Post]) -> str:
    """Return the document."""
    config = current_app.config
    feed = Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": site_language()})
    address = absolute(url_for("main.atom_feed"))
    add(feed, "id", address)
    add(feed, "title", config["SITE_NAME"])
    add(feed, "subtitle", config["SITE_TAGLINE"])
    add(feed, "updated", rfc3339(max((post.updated_at for post in posts), default=utc_now())))
    add(feed, "link", rel="self", type="application/atom+xml", href=address)
    add(feed, "link", rel="alternate", type="text/html", href=absolute("/"))
    add(feed, "icon", absolute(url_for("static", filename="favicon.svg")))
    add(feed, "generator", "Ironpress")
    for post in posts:
        add_entry(feed, post)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(feed, encoding="unicode")}\n'


def add_entry(feed: Element, post: Post) -> None:
    """Append the entry of a post."""
    entry = SubElement(feed, "entry", {"xml:lang": language_of(post)})
    address = absolute(post.path)
    add(entry, "id", entry_id(post))
    add(entry, "title", post.title)
    add(entry, "link", rel="alternate", type="text/html", href=address)
    add(entry, "published", rfc3339(post.published_at or post.created_at))
    add(entry, "updated", rfc3339(post.updated_at))
    author = SubElement(entry, "author")
    add(author, "name", post.author.display_name)
    add(author, "uri", absolute(url_for("main.author", username=post.author.username)))
    for name, label in topics(post):
        add(entry, "category", term=name, label=label)
    if post.summary:
        add(entry, "summary", post.summary)
    add(entry, "content", absolute_urls(post.content_html, address), type="html")


def topics(post: Post) -> list[tuple[str, str]]:
    """Return slug and name of a post's category and tags."""
    category = [(post.category.slug, post.category.name)] if post.category else []
    return category + [(tag.slug, tag.name) for tag in post.tags]


def add(parent: Element, name: str, text: str | None = None, **attributes: str) -> None:
    """Append an element, without the characters that XML forbids."""
    element = SubElement(
        parent, name, {key: NOT_XML.sub("", value) for key, value in attributes.items()}
    )
    element.text = None if text is None else NOT_XML.sub("", text)


def entry_id(post: Post) -> str:
    """Return an id that survives a new title or address (a tag URI, RFC 4151)."""
    host = urlsplit(current_app.config["SITE_URL"]).hostname
    return f"tag:{host},{post.created_at:%Y-%m-%d}:post/{post.id}"


def rfc3339(moment: datetime) -> str:
    """Return a time in the form that feeds use, to the second."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
