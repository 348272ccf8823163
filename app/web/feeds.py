"""What programs read: Atom, JSON Feed, the sitemap, robots.txt."""

import json

from flask import Response, abort, url_for

from app.ops.page_cache import public_page
from app.services import reading
from app.services.reading import SitemapEntry
from app.web import atom, jsonfeed
from app.web.addresses import absolute
from app.web.sitemaps import sitemap_index, url_set
from app.web.views import bp

PAGES = ("main.index", "main.articles", "main.archive", "main.about")
PRIVATE_PATHS = ("/auth/", "/desk/", "/admin/", "/language/", "/search", "/beacon/")


@bp.get("/feed.atom")
@public_page("list")
def atom_feed() -> Response:
    """Send the newest articles in full (RFC 4287)."""
    document = atom.build_feed(reading.newest_in_full())
    return Response(document, content_type="application/atom+xml; charset=utf-8")


@bp.get("/feed.json")
@public_page("list")
def json_feed() -> Response:
    """Send the newest articles in full (JSON Feed 1.1)."""
    document = jsonfeed.build_feed(reading.newest_in_full())
    return Response(
        json.dumps(document, ensure_ascii=False),
        content_type="application/feed+json; charset=utf-8",
    )


@bp.get("/sitemap.xml")
@bp.get("/sitemap-<int:part>.xml")
@public_page("list")
def sitemap(part: int | None = None) -> Response:
    """Send all addresses, or the list of the parts that hold them where there are many.

    Part 0 holds the pages that are no articles.
    """
    parts = reading.count_sitemap_parts()
    if part is not None and part > parts:
        abort(404)
    if part is None and parts > 1:
        document = sitemap_index(
            absolute(url_for("main.sitemap", part=number)) for number in range(parts + 1)
        )
    elif part is None:
        document = url_set([*page_entries(), *reading.sitemap_posts(part=1)])
    else:
        document = url_set(reading.sitemap_posts(part=part) if part else page_entries())
    return Response(document, content_type="application/xml; charset=utf-8")


def page_entries() -> list[SitemapEntry]:
    """Return the pages that are no articles, lists by topic and author included."""
    entries = [SitemapEntry(url_for(endpoint)) for endpoint in PAGES]
    return entries + [SitemapEntry(list_path(*row)) for row in reading.sitemap_pages()]


def list_path(kind: str, slug: str) -> str:
    """Return the path of the list of a category, a tag or an author."""
    if kind == "category":
        return url_for("main.category", slug=slug)
    if kind == "tag":
        return url_for("main.tag", slugs=[slug])
    return url_for("main.author", username=slug)


@bp.get("/robots.txt")
@public_page("list")
def robots() -> Response:
    """Tell robots what to leave alone and where the sitemap is."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in PRIVATE_PATHS), ""]
    lines.append(f"Sitemap: {absolute(url_for('main.sitemap'))}")
    return Response("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
