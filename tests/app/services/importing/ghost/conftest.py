"""Ghost exports to the letter of the format, with what a test wants inside."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.services.importing import GhostExport

POST: dict[str, Any] = {
    "id": "6",
    "uuid": "b5b5",
    "title": "A post",
    "slug": "a-post",
    "mobiledoc": None,
    "lexical": None,
    "html": "<p>Text.</p>",
    "feature_image": None,
    "type": "post",
    "status": "published",
    "visibility": "public",
    "created_at": "2021-03-24T04:34:10.000Z",
    "updated_at": "2021-03-25T04:34:10.000Z",
    "published_at": "2021-03-24T05:00:00.000Z",
    "custom_excerpt": None,
}


@pytest.fixture
def write_ghost(tmp_path: Path) -> Callable[..., Path]:
    """Give a function that writes an export of posts, each given as what is special in it."""

    def write(*posts: dict[str, Any], version: str = "5.80.0", **tables: Any) -> Path:
        path = tmp_path / "ghost.json"
        data = {"posts": [POST | post for post in posts], **tables}
        document = {"db": [{"meta": {"exported_on": 1, "version": version}, "data": data}]}
        path.write_text(json.dumps(document))
        return path

    return write


@pytest.fixture
def read_ghost(write_ghost, read_blog):
    """Give a function that writes an export and reads it."""
    return lambda *posts, media=None, site_url="", **tables: read_blog(
        GhostExport(write_ghost(*posts, **tables), media=media, site_url=site_url)
    )
