"""The version of the application, `pyproject.toml` says the same, and what it was built from."""

import os

VERSION = "0.1.0"
REVISION = os.environ.get("IRONPRESS_REVISION", "unknown")
