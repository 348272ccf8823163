"""Finds what the links and images of a document mean: another article, a file, or nothing."""

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import product
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from app.models.post import article_path
from app.services.importing.links import is_image_path
from app.services.importing.markdown_tree.document import Document
from app.services.importing.markdown_tree.permalinks import old_address
from app.services.importing.markdown_tree.site import Site
from app.services.importing.paths import (
    image_placeholder,
    is_external,
    redirect_path,
    split_address,
)
from app.services.importing.records import ImportedImage, ImportedPost
from app.services.importing.tree import OutsideTree, Tree

_DOCUMENT_ENDINGS = ("", ".md", ".markdown", ".html", "/index.md", "/_index.md", "/README.md")
# What a template would have filled in; a warning has told of it already.
_TEMPLATE = re.compile(r"\{[{%]")


class Index:
    """All documents, to be found by their place in the tree, their old address or their name."""

    def __init__(self, site: Site, documents: Iterable[Document], slugs: Mapping[str, str]) -> None:
        self._by_path: dict[str, str] = {}
        self._by_address: dict[str, str] = {}
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for document in documents:
            slug = slugs[str(document.path)]
            self._by_path[str(document.path)] = slug
            for name in {document.path.stem, document.name}:
                self._by_name[name].append(slug)
            if address := redirect_path(old_address(document, site) or ""):
                self._by_address.setdefault(address, slug)

    def at(self, path: str, language: str | None) -> str | None:
        """Return the slug of the document that a path of the tree means, its own language first."""
        paths = [path + ending for ending in _DOCUMENT_ENDINGS]
        if language:
            paths = [re.sub(r"(\.\w+)$", rf".{language}\1", path) for path in paths] + paths
        return next((slug for path in paths if (slug := self._by_path.get(path))), None)

    def formerly_at(self, address: str) -> str | None:
        """Return the slug of the document that the old site showed at an address."""
        return self._by_address.get(redirect_path(address) or "")

    def named(self, name: str) -> str | None:
        """Return the slug of the only document of a name."""
        slugs = self._by_name.get(name, [])
        return slugs[0] if len(slugs) == 1 else None


class Resolver:
    """Resolves the references of one document; images and warnings are added to its record."""

    def __init__(
        self, tree: Tree, site: Site, index: Index, document: Document, post: ImportedPost
    ):
        self._tree, self._site, self._index = tree, site, index
        self._document, self._post = document, post
        self._address = old_address(document, site) or ""

    def rewrite(self, address: str, is_image: bool) -> str | None:
        """Return the new address of a link or an image, None when it stays as it is."""
        if is_external(address):
            return None
        try:
            return self._image(address) if is_image else self._link(address)
        except OutsideTree as error:
            self._post.warnings.append(str(error))
            return None

    def ref(self, target: str) -> str | None:
        """Return the path of the article that `ref`, `post_url` or `link` names."""
        path, rest = split_address(target)
        if not path:
            return rest
        folder = self._site.content if path.startswith("/") else self._document.path.parent
        bare = path.strip("/")
        slug = (
            self._at(folder, bare)
            or self._at(self._site.content, bare)
            or self._index.named(posixpath.basename(bare).removesuffix(".md"))
            or self._index.formerly_at(path)
        )
        return article_path(slug) + rest if slug else None

    def _link(self, address: str) -> str | None:
        path, rest = split_address(address)
        if is_image_path(path):
            return self._image(address)
        decoded = unquote(path)
        folder = PurePosixPath() if path.startswith("/") else self._document.path.parent
        slug = self._at(folder, decoded.strip("/"))
        slug = slug or self._index.formerly_at(posixpath.join(self._address, path))
        if slug:
            return article_path(slug) + rest
        if path and not path.startswith("/") and not _TEMPLATE.search(path):
            found = self._tree.find(self._document.path.parent, path)
            what = "was not copied" if found else "leads to no document"
            self._post.warnings.append(f"the link to {address} {what}")
        return None

    def _image(self, address: str) -> str | None:
        path = split_address(address)[0]
        if not (found := self._file(path)):
            self._post.warnings.append(f"the image {address} is not in the folder")
            return None
        return self._post.show(ImportedImage(image_placeholder(found), found, address))

    def _file(self, path: str) -> Path | None:
        if not path.startswith("/") and (
            found := self._tree.find(self._document.path.parent, path)
        ):
            return found
        # A page that is shown as a folder has relative addresses one level deeper than its file.
        shown = posixpath.normpath(posixpath.join(self._address or "/", path)).lstrip("/")
        places = product(self._site.statics, dict.fromkeys((shown, path.lstrip("/"))))
        return next((f for folder, name in places if (f := self._tree.find(folder, name))), None)

    def _at(self, folder: PurePosixPath, path: str) -> str | None:
        if not path:
            return None
        joined = posixpath.normpath(posixpath.join(folder.as_posix(), path))
        return self._index.at(joined, self._document.language)
