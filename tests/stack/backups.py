"""What the tests of the backup write, ask and break."""

import json
import subprocess
import threading
from dataclasses import dataclass, field
from typing import Any

from app.settings import ROOT
from tests.stack.stack import Stack, reference, run

# Commits one row after another and says of each when it was acknowledged.
WRITE = """
import sys, time
from app import create_app, db
from app.models import Category
count, pause, prefix = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
with create_app().app_context():
    for number in range(count):
        db.session.add(Category(name=f"{prefix}-{number}", slug=f"{prefix}-{number}"))
        db.session.commit()
        print(f"{prefix}-{number}", time.time(), flush=True)
        time.sleep(pause)
"""
ASK = """
import json, sys
from ironpress_backup import database, marks, settings
database.use_password(settings.load())
with database.connected() as connection:
    print(json.dumps(eval(sys.argv[1]), default=str))
"""


def inside_backup(stack: Stack, expression: str) -> Any:
    """Return the value of an expression in the backup service, with a connection to the primary."""
    container = stack.containers("backup")[0]
    return json.loads(run("docker", "exec", container, "python3.13", "-c", ASK, expression))


def value(stack: Stack, statement: str) -> Any:
    """Return the first value that a statement finds in the primary, as the backup's role."""
    return inside_backup(stack, f"database.row(connection, {statement!r})[0]")


def sums(stack: Stack) -> dict[str, list[Any]]:
    """Return rows and row hashes of every table of the primary."""
    found: dict[str, list[Any]] = inside_backup(stack, "marks.sums(connection)")
    return found


def metrics(stack: Stack) -> dict[str, float]:
    """Return what the backup service tells Prometheus."""
    code = (
        "import urllib.request as r;"
        "print(r.urlopen('http://127.0.0.1:9102/metrics', timeout=5).read().decode())"
    )
    return figures(stack.python("backup", code))


def figures(text: str) -> dict[str, float]:
    """Return the backup service's metrics by name."""
    pairs = [line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")]
    return {name.removeprefix("ironpress_backup_"): float(number) for name, number in pairs}


@dataclass
class Writer:
    """Commits rows from a web container, in the background."""

    stack: Stack
    prefix: str
    count: int
    pause: float = 0.0
    acknowledged: dict[str, float] = field(default_factory=dict)

    def __enter__(self) -> "Writer":
        web = self.stack.containers("web")[0]
        arguments = [str(self.count), str(self.pause), self.prefix]
        self.process = subprocess.Popen(
            ["docker", "exec", web, "python3.13", "-c", WRITE, *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        self.thread = threading.Thread(target=self.read)
        self.thread.start()
        return self

    def read(self) -> None:
        """Note each acknowledgement."""
        assert self.process.stdout
        for line in self.process.stdout:
            if line.startswith(self.prefix):  # The rest is the log, once the primary is gone.
                name, moment = line.split()
                self.acknowledged[name] = float(moment)

    def __exit__(self, *_: object) -> None:
        self.process.wait()
        self.thread.join()
        assert self.process.stdout
        self.process.stdout.close()


def write(stack: Stack, prefix: str, count: int) -> None:
    """Commit some rows and wait for their acknowledgement."""
    with Writer(stack, prefix, count) as writer:
        pass
    assert len(writer.acknowledged) == count


def restore(stack: Stack, **arguments: str) -> str:
    """Run `make restore` with its arguments and return what it printed."""
    return run("scripts/restore", env=stack.environment | arguments)


def refused(stack: Stack, **arguments: str) -> str:
    """Return why `make restore` refuses these arguments."""
    done = subprocess.run(
        ["scripts/restore"],
        env=stack.environment | arguments, cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode, done.stdout
    return done.stdout + done.stderr


def restored_sums(output: str) -> dict[str, list[Any]]:
    """Return rows and row hashes of every table, from what a restore has printed."""
    lines = [line.split() for line in output.splitlines() if " rows  " in line]
    return {table: [int(rows), digest] for table, rows, _, digest in lines}


def superuser(stack: Stack, statement: str) -> str:
    """Run a statement as the superuser, by the socket inside the primary's container."""
    password = (stack.folder / "secrets/postgres_password").read_text().strip()
    return run(
        "docker", "exec", "-e", f"PGPASSWORD={password}", stack.containers("postgres")[0],
        "psql", "--username", "postgres", "--dbname", "ironpress", "-qAt", "-c", statement,
    ).strip()  # fmt: skip


def on_volume(stack: Stack, volume: str, code: str) -> str:
    """Run Python in a container of its own that holds one of the bundle's volumes at /v."""
    return run(
        "docker", "run", "--rm", "--network", "none", "--volume", f"{stack.name}_{volume}:/v",
        "--entrypoint", "/usr/bin/python3.13", reference("backup"), "-c", code,
    ).strip()  # fmt: skip
