"""Turns a document of a tree into the record of an article."""

from datetime import datetime

from app.services.importing.content import Converted, convert_html
from app.services.importing.languages import locale_of
from app.services.importing.links import map_prose, rewrite_html, rewrite_markdown
from app.services.importing.markdown_tree.comments import read_comments
from app.services.importing.markdown_tree.dialect import Dialect, image, keep_heading_ids
from app.services.importing.markdown_tree.document import Document, publication
from app.services.importing.markdown_tree.fields import Fields
from app.services.importing.markdown_tree.liquid import convert_liquid, drop_attribute_lists
from app.services.importing.markdown_tree.permalinks import old_address
from app.services.importing.markdown_tree.resolver import Index, Resolver
from app.services.importing.markdown_tree.shortcodes import convert_shortcodes
from app.services.importing.markdown_tree.site import Site
from app.services.importing.paths import redirect_path
from app.services.importing.records import ImportedPost, ImportedTerm
from app.services.importing.tree import Tree

_MORE = ("<!--more-->", "<!-- more -->")
_COVERS = ("image", "featured_image", "feature_image", "featuredimage", "cover", "banner", "header")


def to_post(
    document: Document, body: str, *, tree: Tree, site: Site, index: Index, slug: str, now: datetime
) -> ImportedPost:
    """Build the record of a document; its links lead to the new addresses."""
    fields = document.fields
    post = ImportedPost(
        source_id=str(document.path),
        title=document.title,
        slug=slug,
        content="",
        summary=fields.text("summary", "excerpt", "description"),
        language=document.language if document.is_verbatim else locale_of(document.language),
        author=author_of(document.fields),
        comments=read_comments(tree, document.path.parent) if document.is_bundle else [],
        aliases=list(_aliases(document, site)),
        view_count=int(views) if (views := fields.text("view_count") or "0").isdecimal() else 0,
    )
    for name, value in publication(document, site, now):
        setattr(post, name, value)
    post.category, post.tags = _terms(document, site)
    if others := _authors(fields)[1:]:
        post.warnings.append(f"it has one author only here, {', '.join(others)} are left out")
    resolver = Resolver(tree, site, index, document, post)
    converted = _convert(document, body, site, resolver)
    post.content, post.content_format = converted.content, converted.content_format
    post.warnings += converted.warnings
    return post


def author_of(fields: Fields) -> str | None:
    """Return the name of a document's first author."""
    return next(iter(_authors(fields)), None)


def _authors(fields: Fields) -> list[str]:
    if name := Fields(dict(fields.mapping("author"))).text("name"):
        return [name]
    if name := fields.text("author"):
        return [name]
    return fields.names("authors", "author")


def _terms(document: Document, site: Site) -> tuple[ImportedTerm | None, list[ImportedTerm]]:
    """Return the category, which is the first one, and the tags with all further categories."""
    fields, spaced = document.fields, site.kind != "hugo" and not document.is_verbatim
    categories = fields.names("categories", split_spaces=spaced) or fields.names("category")
    if not categories and "_posts" in (parts := document.path.parts):
        categories = list(parts[: parts.index("_posts")])
    tags = fields.names("tags", split_spaces=spaced) or fields.names("tag")
    names = dict.fromkeys([*tags, *categories[1:]])
    category = ImportedTerm(categories[0]) if categories else None
    return category, [ImportedTerm(name) for name in names]


def _aliases(document: Document, site: Site) -> dict[str, None]:
    if document.is_verbatim:
        return dict.fromkeys(document.fields.names("aliases"))
    address = old_address(document, site)
    given = document.fields.names("aliases", "alias") + document.fields.names("redirect_from")
    base = (address or "/").rstrip("/").rpartition("/")[0] if site.kind == "hugo" else ""
    paths = [alias if alias.startswith("/") else f"{base}/{alias}" for alias in given]
    if address and not document.is_draft:
        paths.append(address)
    return {path: None for alias in paths if (path := redirect_path(alias))}


def _convert(document: Document, body: str, site: Site, resolver: Resolver) -> Converted:
    dialect = Dialect(document.fields, site.config, resolver.ref)
    if document.is_verbatim:
        rewrite = rewrite_html if document.is_html else rewrite_markdown
        return Converted(
            rewrite(body, resolver.rewrite), "html" if document.is_html else "markdown"
        )
    body = _cover(document.fields, body) + body
    if document.has_front_matter and site.kind != "jekyll":
        body = convert_shortcodes(body, dialect)
    if document.has_front_matter and site.kind != "hugo":
        body = convert_liquid(body, dialect)
    for mark in _MORE:
        body = body.replace(mark, "")
    if document.is_html:
        converted = convert_html(rewrite_html(body, resolver.rewrite))
    else:
        if site.kind == "jekyll":
            body = map_prose(body, drop_attribute_lists)
        if document.has_front_matter:
            body = map_prose(body, keep_heading_ids)
        converted = Converted(rewrite_markdown(body, resolver.rewrite).strip("\n"), "markdown")
    converted.warnings[:0] = dialect.warnings
    return converted


def _cover(fields: Fields, body: str) -> str:
    """Return the article's leading image, where the text does not show it itself."""
    for name in _COVERS:
        inner = Fields(dict(fields.mapping(name)))
        source = fields.text(name) or inner.text("image", "url", "src", "path", "feature")
        if source and "." in source.rpartition("/")[2] and source not in body:
            return (
                image(source, inner.text("alt") or "", caption=inner.text("caption") or "") + "\n\n"
            )
    return ""
