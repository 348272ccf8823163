"""WordPress exports to the letter of the format, with what a test wants inside."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.services.importing import WordPressExport

HEAD = """<?xml version="1.0" encoding="UTF-8" ?>
<!-- generator="WordPress/6.5" created="2024-06-05 16:04" -->
<rss version="2.0"
    xmlns:excerpt="http://wordpress.org/export/{version}/excerpt/"
    xmlns:content="http://purl.org/rss/1.0/modules/content/"
    xmlns:wfw="http://wellformedweb.org/CommentAPI/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:wp="http://wordpress.org/export/{version}/">
<channel>
    <title>Old blog</title>
    <link>https://old.example/blog</link>
    <language>zh-CN</language>
    <wp:wxr_version>{version}</wp:wxr_version>
    <wp:base_site_url>https://old.example/</wp:base_site_url>
    <wp:base_blog_url>https://old.example/blog</wp:base_blog_url>
    {head}
    <generator>https://wordpress.org/?v=6.5</generator>
"""
ITEM = {
    "title": "A &amp; post",
    "link": "https://old.example/blog/2020/01/02/a-post/",
    "dc:creator": "ann",
    "guid": "https://old.example/blog/?p=1",
    "content:encoded": "First.\n\nSecond.",
    "excerpt:encoded": "",
    "wp:post_id": "1",
    "wp:post_date": "2020-01-02 18:00:00",
    "wp:post_date_gmt": "2020-01-02 10:00:00",
    "wp:post_name": "a-post",
    "wp:status": "publish",
    "wp:post_parent": "0",
    "wp:post_type": "post",
    "wp:post_password": "",
}


def cdata(text: str) -> str:
    """Wrap text as WordPress does."""
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def make_item(extra: str = "", **values: str | None) -> str:
    """Write one item; names have a double underscore for the colon, None leaves a field out."""
    given = {name.replace("__", ":"): value for name, value in values.items()}
    fields = {name: value for name, value in (ITEM | given).items() if value is not None}
    inside = "".join(f"<{name}>{cdata(value)}</{name}>" for name, value in fields.items())
    return f"<item>{inside}{extra}</item>\n"


def make_comment(number: int, text: str = "Hello", **values: str) -> str:
    """Write one comment."""
    fields = {
        "id": str(number),
        "author": "Reader",
        "author_email": "r@r.example",
        "author_url": "",
        "date": "2020-02-03 12:00:00",
        "date_gmt": "2020-02-03 04:00:00",
        "content": text,
        "approved": "1",
        "type": "comment",
        "parent": "0",
        "user_id": "0",
    } | values
    inside = "".join(f"<wp:comment_{k}>{cdata(v)}</wp:comment_{k}>" for k, v in fields.items())
    return f"<wp:comment>{inside}</wp:comment>"


@pytest.fixture
def write_export(tmp_path: Path) -> Callable[..., Path]:
    """Give a function that writes an export of some items."""

    def write(*items: str, head: str = "", version: str = "1.2", encoding: str = "utf-8") -> Path:
        path = tmp_path / "export.xml"
        text = HEAD.format(version=version, head=head).replace("UTF-8", encoding)
        path.write_bytes((text + "".join(items) + "</channel></rss>").encode(encoding))
        return path

    return write


@pytest.fixture
def read_export(write_export, read_blog):
    """Give a function that writes an export and reads it."""
    return lambda *items, media=None, **options: read_blog(
        WordPressExport(write_export(*items, **options), media=media)
    )


@pytest.fixture
def item() -> Callable[..., str]:
    """Give a function that writes one item."""
    return make_item


@pytest.fixture
def comment() -> Callable[..., str]:
    """Give a function that writes one comment."""
    return make_comment
