"""Changes the level of the log while everything runs: the text of a file says it.

Every process of the machine looks at the file now and then, so that one command reaches all
workers, the ones that start later too.
"""

import logging
from pathlib import Path

from flask import Flask

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
logger = logging.getLogger(__name__)


def path(app: Flask) -> Path:
    """Return the file."""
    found: Path = app.config["LOG_LEVEL_FILE"]
    return found


def wanted(app: Flask) -> str:
    """Return the level that the file says, else the configured one."""
    try:
        text = path(app).read_text(encoding="ascii").strip().upper()
    except (OSError, UnicodeDecodeError):
        text = ""
    level: str = text if text in LEVELS else app.config["LOG_LEVEL"]
    return level


def follow(app: Flask) -> None:
    """Take the wanted level, and say so where that changes something."""
    level = wanted(app)
    root = logging.getLogger()
    if app.testing or logging.getLevelName(root.level) == level:
        return
    root.setLevel(level)
    logger.warning("Logging from level %s on now.", level)


def change(app: Flask, level: str | None) -> None:
    """Ask all processes for a level; None returns to the configured one. Raises `OSError`."""
    if level is None:
        path(app).unlink(missing_ok=True)
    else:
        path(app).parent.mkdir(parents=True, exist_ok=True)
        path(app).write_text(level, encoding="ascii")
