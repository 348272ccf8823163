"""What `make attack` finds, for docs/attacks.md: one file for each thing in build/attack."""

import json
import os
from datetime import UTC, datetime

from app.settings import ROOT

FOLDER = ROOT / "build" / "attack"


def record(what: str, **figures: int | float | str) -> None:
    """Keep what was found, where figures are wanted; the newest run counts."""
    if not os.environ.get("IRONPRESS_FIGURES"):
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    figures = {"on": f"{datetime.now(UTC):%Y-%m-%d}"} | figures
    (FOLDER / f"{what}.json").write_text(json.dumps(figures, ensure_ascii=False))
