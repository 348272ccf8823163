"""Faults inside PostgreSQL: full, locked, slow."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.drills.faults import ANONYMOUS, fault
from tests.drills.oracle import query
from tests.stack.stack import Stack, run


@fault("connections exhausted", spares=ANONYMOUS, recovers=5)
def _(stack: Stack) -> Iterator[None]:
    code = (
        "import os, psycopg2\nheld = []\n"
        "url = open('/run/secrets/database_url').read().strip()\n"
        "try:\n    while True: held.append(psycopg2.connect(url))\n"
        "except psycopg2.OperationalError: print('full', flush=True)\ninput()"
    )
    with inside(stack, "web", code):
        yield


@fault("articles locked", spares=ANONYMOUS, recovers=1, hold=4)
def _(stack: Stack) -> Iterator[None]:
    code = (
        "import psycopg2\n"
        "url = open('/run/secrets/database_url').read().strip()\n"
        "held = psycopg2.connect(url)\n"
        "held.cursor().execute('LOCK TABLE posts IN EXCLUSIVE MODE')\n"
        "print('locked', flush=True)\ninput()"
    )
    with inside(stack, "web", code):
        yield


@contextmanager
def inside(stack: Stack, service: str, code: str) -> Iterator[None]:
    """Run Python in a container until the end of its input; it says when it has begun."""
    words = ["docker", "exec", "-i", stack.containers(service)[0], "python3.13", "-c", code]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as held:
        assert held.stdout
        assert held.stdout.readline()
        yield
        held.communicate("\n", timeout=20)


@fault("slow statements", spares=ANONYMOUS, recovers=5)
def _(stack: Stack) -> Iterator[None]:
    postgres = stack.containers("postgres")[0]
    run("docker", "update", "--cpus", "0.05", postgres)
    yield
    run("docker", "update", "--cpus", "1", postgres)


@fault("every connection ended", spares=ANONYMOUS, recovers=1, hold=0)
def _(stack: Stack) -> Iterator[None]:
    query(
        stack,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'ironpress_app'",
    )
    yield
