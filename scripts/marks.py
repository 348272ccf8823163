"""Marks on the time axis: `python3 -m scripts.marks TEXT` when something begins or ends.

They are kept for `make report`, and written into Grafana where GRAFANA_URL names one
(GRAFANA_TOKEN may be needed). Whoever makes one is never held up: what fails is said, no more.
"""

import json
import os
import sys
import time
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = Path("build/marks.jsonl")
TIMEOUT_SECONDS = 2


@dataclass(frozen=True)
class Mark:
    """Something that happened."""

    moment: float
    text: str


def keep(text: str) -> None:
    """Keep a mark, and tell Grafana of it."""
    mark = Mark(time.time(), text)
    FILE.parent.mkdir(parents=True, exist_ok=True)
    with FILE.open("a") as file:
        file.write(json.dumps(asdict(mark)) + "\n")
    if address := os.environ.get("GRAFANA_URL"):
        try:
            tell(address, mark)
        except OSError as error:
            print(f"Grafana was not told: {error}", file=sys.stderr)


def tell(address: str, mark: Mark) -> None:
    """Write a mark into Grafana."""
    body = {"time": round(mark.moment * 1000), "tags": ["loadtest"], "text": mark.text}
    headers = {"Content-Type": "application/json"}
    if token := os.environ.get("GRAFANA_TOKEN"):
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(  # noqa: S310
        f"{address.rstrip('/')}/api/annotations", json.dumps(body).encode(), headers
    )
    urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS).close()  # noqa: S310


def kept() -> list[Mark]:
    """Return the marks that were made here."""
    lines = FILE.read_text().splitlines() if FILE.exists() else []
    return [Mark(**json.loads(line)) for line in lines]


if __name__ == "__main__":
    keep(" ".join(sys.argv[1:]))
