"""The version of the application; `pyproject.toml` says the same."""

VERSION = "0.1.0"
