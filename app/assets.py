"""Addresses of static files that change with their content, so that browsers may keep them."""

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, current_app, url_for

HASH_CHARS = 12


def init_app(app: Flask) -> None:
    """Offer `static_url()` to templates and let browsers keep what it names for 30 days."""
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 30 * 24 * 3600
    app.jinja_env.globals["static_url"] = static_url


def static_url(filename: str) -> str:
    """Return the path of a static file with its content's hash as `?v=`."""
    path = Path(current_app.static_folder or "") / filename
    # While developing a file changes under a running process; its time tells.
    changed = path.stat().st_mtime_ns if current_app.debug else 0
    return url_for("static", filename=filename, v=content_hash(path, changed))


@lru_cache(maxsize=256)
def content_hash(path: Path, _changed: int) -> str:
    """Return the start of the SHA-256 of a file, computed once for each time of change."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:HASH_CHARS]
