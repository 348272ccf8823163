"""Addresses: which of them are outside, and the form in which old ones are kept."""

import posixpath
import re
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

MAX_PATH_CHARS = 500

_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")


def is_external(address: str) -> bool:
    """Say whether an address has a scheme or a host, or is no more than a fragment."""
    return not address or address.startswith(("//", "#")) or bool(_SCHEME.match(address))


def redirect_path(address: str) -> str | None:
    """Return the path of an old address as it is looked up: decoded, without a slash at its end.

    None for the front page and for what is no path of one site.
    """
    try:
        path = unquote(urlsplit(address).path)
    except ValueError:
        return None
    if not path.isprintable() or "\ufffd" in path:
        return None
    path = posixpath.normpath("/" + path.strip().lstrip("/")).removesuffix("/index.html")
    return path if 1 < len(path) <= MAX_PATH_CHARS else None


def split_address(address: str) -> tuple[str, str]:
    """Return the path of an address, and its query and fragment as they were written."""
    end = min((i for i in map(address.find, "?#") if i >= 0), default=len(address))
    return address[:end], address[end:]


def image_placeholder(path: Path) -> str:
    """Return the address that stands for a local image until it is stored."""
    return f"/uploads/being-imported/{sha256(str(path).encode()).hexdigest()[:32]}"
