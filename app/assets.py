"""Addresses of static files that change with their content, so that browsers may keep them."""

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for

HASH_CHARS = 12


def init_app(app: Flask) -> None:
    """Offer `static_url()` to templates and let browsers keep what it names for 30 days."""
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 30 * 24 * 3600
    app.jinja_env.globals["static_url"] = static_url


def static_url(filename: str) -> str:
    """Return the path of a static file with its content's hash as `?v=`."""
    folder = current_app.static_folder or ""
    # While developing a file changes under a running process; its time tells.
    changed = (Path(folder) / filename).stat().st_mtime_ns if current_app.debug else 0
    return address(folder, filename, changed)


def kept_by_its_name(filename: str, answer: Response) -> Response:
    """Let nobody keep a file under an address that promises other bytes.

    While one release follows another either is asked for the other's files, and gives what it has.
    """
    asked = request.args.get("v")
    if asked and not static_url(filename).endswith(f"v={asked}"):
        answer.cache_control.max_age = None
        answer.cache_control.no_cache = True
    return answer


@lru_cache(maxsize=256)
def address(folder: str, filename: str, _changed: int) -> str:
    """Return the path of a file, made once for each time of change."""
    return url_for("static", filename=filename, v=content_hash(Path(folder) / filename))


def content_hash(path: Path) -> str:
    """Return the start of the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:HASH_CHARS]
