"""The yardstick: a Flask application that returns bytes and does nothing else."""

import os
from pathlib import Path

from flask import Flask, Response


def create_app() -> Flask:
    """Serve every file of BENCH_BODIES under its name, and nothing at /empty."""
    app = Flask("bare")
    for path in Path(os.environ["BENCH_BODIES"]).iterdir():
        kind = "application/json" if path.suffix == ".json" else "text/html"
        app.add_url_rule(f"/{path.name}", path.name, answer(path.read_bytes(), kind))
    app.add_url_rule("/empty", "empty", lambda: "")
    return app


def answer(body: bytes, kind: str) -> object:
    """Return a view that answers with a body."""
    return lambda: Response(body, mimetype=kind)
