"""Finds images of the old blog in a local copy of its folder of uploads."""

from pathlib import Path, PurePosixPath

from app.services.importing.links import is_image_path
from app.services.importing.paths import image_placeholder, split_address
from app.services.importing.records import ImportedImage
from app.services.importing.tree import OutsideTree, Tree


class Media:
    """A folder with the files whose addresses go on after the part `after`; None for no folder."""

    def __init__(self, folder: Path | None, *, after: str) -> None:
        self._tree = Tree(folder) if folder else None
        self._after = after

    def find(self, address: str) -> ImportedImage | None:
        """Return the local image that an address of the old blog means, if there is one."""
        _, found, rest = split_address(address)[0].partition(self._after)
        if self._tree is None or not found or not is_image_path(rest):
            return None
        try:
            file = self._tree.find(PurePosixPath(), rest)
        except OutsideTree:
            return None
        return ImportedImage(image_placeholder(file), file, address) if file else None
