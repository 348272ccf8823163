"""The version of what readers see: changed by every change to it, so that pages are redone."""

import secrets
from pathlib import Path
from typing import Any

from flask import current_app

from app import metrics
from app.extensions import cache

KEY = "site-version"
VERSION_SECONDS = 30 * 24 * 3600


def touch() -> None:
    """Make every cached page outdated; call it after the commit that changed something."""
    if current_app.config["REDIS_URL"]:
        cache.set(KEY, secrets.token_hex(8), VERSION_SECONDS)
        return
    # Without Redis a file tells the other processes of the machine, commands among them.
    path = _version_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(secrets.token_hex(8), encoding="ascii")


def version() -> str:
    """Return the version; it changes whenever `touch` is called."""
    if current_app.config["REDIS_URL"]:
        return noted(cache.get(KEY))
    try:
        return str(_version_file().stat().st_mtime_ns)
    except FileNotFoundError:
        return ""


def version_and(key: str) -> tuple[str, Any]:
    """Return the version and what is cached under a key, with one question to Redis."""
    if not current_app.config["REDIS_URL"]:
        return version(), cache.get(key)
    found, value = cache.get_many(KEY, key)
    return noted(found), value


def noted(found: str | None) -> str:
    """Return a version that was looked up, and count whether there was one."""
    metrics.cache_requests.labels("site_version", "hit" if found else "miss").inc()
    return str(found or "")


def _version_file() -> Path:
    return Path(current_app.config["DATA_DIR"]) / "site-version"
