"""Sitemaps (sitemaps.org protocol 0.9)."""

from collections.abc import Iterable
from xml.sax.saxutils import escape

from app.services.reading import SitemapEntry
from app.web.addresses import absolute
from app.web.atom import rfc3339

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def url_set(entries: Iterable[SitemapEntry]) -> str:
    """Return the sitemap of some pages."""
    return document("urlset", (f"<url>{location(entry)}</url>" for entry in entries))


def sitemap_index(addresses: Iterable[str]) -> str:
    """Return the list of the parts of a large sitemap."""
    parts = (f"<sitemap><loc>{escape(address)}</loc></sitemap>" for address in addresses)
    return document("sitemapindex", parts)


def location(entry: SitemapEntry) -> str:
    """Return the elements that describe a page."""
    loc = f"<loc>{escape(absolute(entry.path))}</loc>"
    return loc + (f"<lastmod>{rfc3339(entry.changed_at)}</lastmod>" if entry.changed_at else "")


def document(root: str, lines: Iterable[str]) -> str:
    """Wrap the lines in the root element."""
    body = "\n".join(lines)
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<{root} xmlns="{NAMESPACE}">\n{body}\n</{root}>\n'
    )
