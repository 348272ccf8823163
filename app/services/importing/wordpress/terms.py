"""Flattens WordPress's taxonomies: one category for each post, everything else a tag."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from app.services.importing.records import ImportedTerm
from app.text.slugs import slugify

# WordPress files a post under this when its author chose nothing.
_NO_CHOICE = {"uncategorized", "uncategorised", "未分类", "non-classe", "sin-categoria"}


@dataclass(slots=True)
class Terms:
    """The categories by their slugs, with their parents, and the tags."""

    categories: dict[str, ImportedTerm] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    tags: dict[str, ImportedTerm] = field(default_factory=dict)

    def root(self, slug: str) -> str:
        """Return the slug of the topmost category above (or the same)."""
        seen = {slug}
        while (
            (parent := self.parents.get(slug)) and parent in self.categories and parent not in seen
        ):
            seen.add(parent)
            slug = parent
        return slug

    def top_categories(self) -> list[ImportedTerm]:
        """Return the categories that have no parent, which become categories here."""
        return [
            term
            for slug, term in self.categories.items()
            if self.root(slug) == slug and unquote(slug) not in _NO_CHOICE
        ]


def read_terms(channel: Element) -> Terms:
    """Read the lists of categories and tags at the head of the file."""
    terms = Terms()
    for element in channel.iter("{wp}category"):
        slug, name = text(element, "wp:category_nicename"), text(element, "wp:cat_name")
        terms.categories[slug] = _term(name or slug, slug, text(element, "wp:category_description"))
        if parent := text(element, "wp:category_parent"):
            terms.parents[slug] = parent
    for element in channel.iter("{wp}tag"):
        slug, name = text(element, "wp:tag_slug"), text(element, "wp:tag_name")
        terms.tags[slug] = _term(name or slug, slug)
    return terms


def terms_of(item: Element, terms: Terms) -> tuple[ImportedTerm | None, list[ImportedTerm]]:
    """Return an item's category and tags.

    The category is the topmost one above the first that its author chose; the chosen categories
    below it, and all others, become tags, so that no name is lost.
    """
    chosen: dict[str, ImportedTerm] = {}
    tags: dict[str, ImportedTerm] = {}
    for element in item.iter("category"):
        slug, name = element.get("nicename", ""), unescape(element.text or "").strip()
        if element.get("domain") == "category":
            chosen[slug] = terms.categories.get(slug) or _term(name or slug, slug)
        elif element.get("domain") in ("post_tag", "tag"):
            tags[slug or name] = terms.tags.get(slug) or _term(name or slug, slug)
    for slug in [slug for slug in chosen if unquote(slug) in _NO_CHOICE]:
        del chosen[slug]
    if not chosen:
        return None, list(tags.values())
    root = terms.root(next(iter(chosen)))
    category = terms.categories.get(root) or chosen[root]
    return category, _distinct(tags.values(), chosen, root)


def _distinct(
    tags: Iterable[ImportedTerm], chosen: Mapping[str, ImportedTerm], root: str
) -> list[ImportedTerm]:
    others = [ImportedTerm(term.name) for slug, term in chosen.items() if slug != root]
    return list({term.name.casefold(): term for term in [*others, *tags]}.values())


def _term(name: str, slug: str, description: str = "") -> ImportedTerm:
    return ImportedTerm(unescape(name), slugify(unquote(slug)) or None, description or None)


def text(element: Element, name: str) -> str:
    """Return the text of a child such as `wp:post_id`, white space trimmed."""
    prefix, _, local = name.rpartition(":")
    return (element.findtext(f"{{{prefix}}}{local}" if prefix else local) or "").strip()
