"""Prints the containers that have read a secret which has changed since; reads `docker inspect`."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

FOLDER = "/run/secrets/"


def is_stale(container: dict[str, Any]) -> bool:
    """Say whether a secret's file is newer than the container, or gone."""
    # Nanoseconds are more than Python reads.
    created = datetime.fromisoformat(f"{container['Created'][:26].rstrip('Z')}+00:00").timestamp()
    files = [
        Path(mount["Source"])
        for mount in container["Mounts"]
        if mount["Destination"].startswith(FOLDER)
    ]
    return any(not file.exists() or file.stat().st_mtime > created for file in files)


if __name__ == "__main__":
    print("\n".join(one["Id"] for one in json.load(sys.stdin) if is_stale(one)))
