"""A folder of Markdown documents as a blog: Hugo's and Jekyll's sites, or any tree of documents."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePosixPath

from app.services.importing.languages import locale_of
from app.services.importing.markdown_tree.convert import author_of, to_post
from app.services.importing.markdown_tree.document import Document, publication, read_document
from app.services.importing.markdown_tree.resolver import Index
from app.services.importing.markdown_tree.site import read_site, site_name
from app.services.importing.records import (
    BadItem,
    Entry,
    ImportedAuthor,
    ImportedPost,
    ImportedTerm,
    Outline,
    Problem,
    SkippedItem,
    attempt,
)
from app.services.importing.tree import Tree

# Articles hold no loops; home pages, archives and feeds do.
_LOOP = re.compile(r"\{%-?\s*for\b")
TERM_FOLDERS = ("categories", "tags")


class MarkdownTree:
    """The source of `flask import markdown`; `site` names the blog in import keys."""

    name = "markdown"

    def __init__(self, root: Path, *, site: str | None = None, now: datetime | None = None) -> None:
        self._tree = Tree(root)
        self._site = read_site(self._tree)
        self._name = site or site_name(self._tree)
        self._now = now or datetime.now(UTC)
        self._documents: list[Document] = []

    def outline(self) -> Outline:
        """Read the front matter of every document."""
        outline = Outline(self._name, locale_of(self._site.language))
        outline.warnings += [Problem(self._name, warning) for warning in self._site.warnings]
        for path in self._tree.documents(self._site.content, without=self._site.without):
            item = str(path).encode(errors="replace").decode()
            try:
                self._look_at(path, item, outline)
            except BadItem as error:
                outline.problems.append(Problem(item, str(error), failed=error.failed))
            except OSError as error:
                outline.problems.append(Problem(item, error.strerror or str(error), failed=True))
        if any(document.is_verbatim for document in self._documents):
            outline.authors |= self._site.authors  # Those who only commented, too.
        return outline

    def posts(self, slugs: Mapping[str, str]) -> Iterator[ImportedPost | Problem]:
        """Yield every document as an article."""
        index = Index(self._site, self._documents, slugs)
        for document in self._documents:
            item = str(document.path)
            yield attempt(item, partial(self._post, document.path, index, slugs[item]))

    def _look_at(self, path: PurePosixPath, item: str, outline: Outline) -> None:
        if item != str(path):
            raise BadItem("its name is not UTF-8")
        document, body, _ = read_document(self._tree, self._site, path)
        if document.is_section and self._is_term(document, outline):
            return
        if reason := self._why_not(document, body):
            raise SkippedItem(reason)
        self._documents.append(document)
        created = dict(publication(document, self._site, self._now))["created_at"]
        moment = created if isinstance(created, datetime) else None
        outline.entries.append(Entry(item, document.wanted_slug, moment))
        if name := author_of(document.fields):
            known = self._site.authors.get(name)
            outline.authors.setdefault(name, known or ImportedAuthor(name, name=name))

    def _is_term(self, document: Document, outline: Outline) -> bool:
        """Take a page about a category or a tag as what it says of that."""
        parts = document.path.relative_to(self._site.content).parts
        if len(parts) != 3 or parts[0] not in TERM_FOLDERS:
            return False
        term = ImportedTerm(document.title, parts[1], document.fields.text("description"))
        (outline.categories if parts[0] == "categories" else outline.tags).append(term)
        return True

    def _why_not(self, document: Document, body: str) -> str | None:
        if self._site.kind == "jekyll" and not document.has_front_matter:
            return "it has no front matter, Jekyll does not show it"
        if self._site.kind == "jekyll" and not document.is_post and _LOOP.search(body):
            return "it lists other documents"
        if document.fields.truth("headless"):
            return "it is headless, Hugo does not show it"
        if not body.strip() and not document.is_verbatim:
            return "it is a section page" if document.is_section else "it has no text"
        return None

    def _post(self, path: PurePosixPath, index: Index, slug: str) -> ImportedPost:
        document, body, encoding = read_document(self._tree, self._site, path)
        post = to_post(
            document, body, tree=self._tree, site=self._site, index=index, slug=slug, now=self._now
        )
        post.fallback_time = self._tree.modified(path)
        if encoding:
            post.warnings.append(f"it is not UTF-8 and was read as {encoding}")
        return post
