"""What readers are shown: queries that change nothing, bounded in rows and in statements."""

from app.services.reading.archive import MonthCount, count_months, month_bounds
from app.services.reading.articles import Article, read_article
from app.services.reading.lists import Page, list_articles
from app.services.reading.syndication import (
    SITEMAP_PART_SIZE,
    SitemapEntry,
    count_sitemap_parts,
    newest_in_full,
    sitemap_pages,
    sitemap_posts,
)
from app.services.reading.threads import Thread, ThreadNode, read_thread
from app.services.reading.topics import find_author, find_category, find_tags, list_topics

__all__ = [
    "SITEMAP_PART_SIZE",
    "Article",
    "MonthCount",
    "Page",
    "SitemapEntry",
    "Thread",
    "ThreadNode",
    "count_months",
    "count_sitemap_parts",
    "find_author",
    "find_category",
    "find_tags",
    "list_articles",
    "list_topics",
    "month_bounds",
    "newest_in_full",
    "read_article",
    "read_thread",
    "sitemap_pages",
    "sitemap_posts",
]
