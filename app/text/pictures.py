"""Pictures of our own in an article's HTML: which there are, and what browsers need to know."""

import re
from collections.abc import Mapping
from html import escape
from typing import Protocol

# As the sanitiser writes attributes.
ADDRESS = re.compile(r'"/uploads/([0-9a-f]{2}/[0-9a-f]{62}\.[a-z]{3,4})"')
IMAGE = re.compile(r'<img ([^<>]*?)src="/uploads/([0-9a-f]{2}/[0-9a-f]{62}\.[a-z]{3,4})"([^<>]*)>')
NO_ALT = re.compile(r'\balt=""')
SIZE = re.compile(r'\b(?:width|height)="')
# How wide an article is: `--measure` in site.css, else the window without its margins.
SIZES = "(min-width: 46rem) 42rem, 92vw"


class Picture(Protocol):
    """What is known about a stored picture; sizes in pixels, none of other files."""

    width: int | None
    height: int | None
    widths: list[int]
    alt: str


def stored_paths(html: str) -> set[str]:
    """Return the paths of the stored files that HTML shows or links to."""
    return set(ADDRESS.findall(html))


def copy_path(path: str, width: int) -> str:
    """Return the path of a picture's smaller copy."""
    return f"{path.rpartition('.')[0]}-{width}.webp"


def with_sizes(html: str, pictures: Mapping[str, Picture]) -> str:
    """Return sanitised HTML whose own pictures have size, smaller copies and a description.

    With its size known a picture moves nothing when it comes.
    """

    def dressed(match: re.Match[str]) -> str:
        before, path, after = match.groups()
        picture = pictures.get(path)
        if picture is None or not picture.width or not picture.height:
            return match[0]
        if picture.alt:
            alt = f'alt="{escape(picture.alt)}"'
            before, after = (NO_ALT.sub(lambda _: alt, part) for part in (before, after))
        attributes = [f'src="/uploads/{path}"']
        if not SIZE.search(before + after):
            attributes.append(f'width="{picture.width}" height="{picture.height}"')
        if picture.widths:
            attributes.append(f'srcset="{candidates(path, picture)}" sizes="{SIZES}"')
        return f"<img {before}{' '.join(attributes)}{after}>"

    return IMAGE.sub(dressed, html)


def candidates(path: str, picture: Picture) -> str:
    """Return the copies of a picture to choose from, the picture itself among them."""
    copies = [f"/uploads/{copy_path(path, width)} {width}w" for width in picture.widths]
    return ", ".join([*copies, f"/uploads/{path} {picture.width}w"])
