"""Works out the address that a document had on its old site, so that it can lead to the new one."""

import re
from datetime import datetime
from pathlib import PurePosixPath

from app.services.importing.markdown_tree.document import Document
from app.services.importing.markdown_tree.site import Site

JEKYLL_STYLES = {
    "date": "/:categories/:year/:month/:day/:title.html",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title.html",
    "weekdate": "/:categories/:year/W:week/:short_day/:title.html",
    "none": "/:categories/:title.html",
}
_TOKEN = re.compile(r":(\w+)")
_NOT_IN_ADDRESS = re.compile(r"[^\w\s./-]")


def old_address(document: Document, site: Site) -> str | None:
    """Return the path at which the old site showed a document, None where it cannot be told."""
    if not site.has_config and site.kind != "jekyll":
        return None
    given = document.fields.text("url", "permalink")
    if given and ":" not in given:
        return given if given.startswith("/") else f"/{given}"
    return _jekyll(document, site, given) if site.kind == "jekyll" else _hugo(document, site)


def _hugo(document: Document, site: Site) -> str | None:
    relative = document.path.relative_to(site.content)
    folders = list(relative.parent.parts)
    language = (document.language or "").lower()
    if folders and folders[0].lower() == language:
        del folders[0]
    prefix = f"/{language}" if language in site.languages and language != site.language else ""
    if document.is_bundle and folders:
        folders.pop()
    slug = document.fields.text("slug") or document.name
    pattern = site.permalinks.get(folders[0] if folders else "")
    if pattern is None:
        return prefix + urlize("/".join(("", *folders, slug, "")))
    tokens = {
        "section": folders[0],
        "sections": "/".join(folders),
        "slug": slug,
        "title": document.title,
        "slugorfilename": slug,
        "slugorcontentbasename": slug,
        "filename": document.name,
        "contentbasename": document.name,
    }
    return _expand(pattern, tokens, _moment(document, site), prefix)


def _jekyll(document: Document, site: Site, given: str | None) -> str | None:
    parts = document.path.parts
    pattern = given or site.permalinks.get("", "date")
    if "_posts" not in parts:
        folder = PurePosixPath("/", *document.path.parent.parts)
        if document.is_bundle:
            return f"{folder}/"
        return f"{folder / document.path.stem}{'/' if pattern == 'pretty' else '.html'}"
    named = document.fields.names("categories", "category", split_spaces=True)
    categories = [*parts[: parts.index("_posts")], *(name.lower() for name in named)]
    tokens = {
        "categories": "/".join(dict.fromkeys(categories)),
        "title": document.fields.text("slug") or document.name,
        "slug": document.fields.text("slug") or document.name,
        "output_ext": ".html",
    }
    return _expand(JEKYLL_STYLES.get(pattern, pattern), tokens, _moment(document, site), "")


def _moment(document: Document, site: Site) -> datetime | None:
    moment = document.fields.time("date", zone=site.zone) or document.date
    return moment.astimezone(site.zone) if moment else None


def _expand(
    pattern: str, tokens: dict[str, str], moment: datetime | None, prefix: str
) -> str | None:
    """Fill a pattern's tokens in; None where one of them is not known."""
    dates = {} if moment is None else {
        "year": f"{moment:%Y}",
        "short_year": f"{moment:%y}",
        "month": f"{moment:%m}",
        "i_month": str(moment.month),
        "monthname": f"{moment:%B}".lower(),
        "day": f"{moment:%d}",
        "i_day": str(moment.day),
        "y_day": f"{moment:%j}",
        "yearday": str(int(f"{moment:%j}")),
        "week": f"{moment:%V}",
        "short_day": f"{moment:%a}",
        "hour": f"{moment:%H}",
        "minute": f"{moment:%M}",
        "second": f"{moment:%S}",
    }  # fmt: skip
    known = tokens | dates
    if any(token not in known for token in _TOKEN.findall(pattern)):
        return None
    return prefix + urlize(_TOKEN.sub(lambda token: known[token[1]], pattern))


def urlize(text: str) -> str:
    """Return a path as site generators write it: lower case, hyphens for spaces."""
    path = re.sub(r"\s+", "-", _NOT_IN_ADDRESS.sub("", text.strip())).lower()
    return re.sub(r"/{2,}", "/", path)
