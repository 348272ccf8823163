"""The release before runs on the tables of this one, as it does while a deploy is under way."""

import io
import json
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from app.settings import ROOT
from tests.unavailable import cannot_run

# Stands for a release while there is none; what it imports must be among today's packages.
FIRST = "a2de6b485786feec7f28f02de8fa1eea1770ca7c"
COLUMNS = (
    "import json; from app import db;"
    "print(json.dumps({table.name: [column.name for column in table.columns]"
    " for table in db.metadata.sorted_tables}))"
)
# What reads and writes most tables; the more of them, the longer it takes.
TESTS = ("tests/app/admin", "tests/app/auth", "tests/app/desk")


def git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True)


@pytest.fixture(scope="module")
def release_before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack the newest release that is not this very commit."""
    if git("rev-parse", "--is-shallow-repository").stdout.strip() == b"true":
        git("fetch", "--quiet", "--unshallow", "--tags")
    tags = git("tag", "--list", "v*", "--merged", "HEAD~1", "--sort", "-version:refname").stdout
    commit = (tags.decode().split() or [FIRST])[0]
    packed = git("archive", commit, "app", "tests", "pyproject.toml", "gunicorn.conf.py")
    if packed.returncode:
        cannot_run(f"The release before is not in this clone: {packed.stderr.decode().strip()}")
    folder = tmp_path_factory.mktemp("release-before")
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.fixture(scope="module")
def tables(postgresql_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a database with the tables of this release."""
    admin = create_engine(
        postgresql_url.replace("://", "+psycopg2://", 1), isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE release_before"))
    url = postgresql_url.replace("/postgres?", "/release_before?")
    folder = tmp_path_factory.mktemp("data")
    subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", "db", "upgrade"],
        cwd=ROOT, check=True, capture_output=True,
        env={"APP_ENV": "default", "DATABASE_URL": url, "DATA_DIR": str(folder)},
    )  # fmt: skip
    yield url
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE release_before WITH (FORCE)"))
    admin.dispose()


def test_every_column_that_the_release_before_uses_is_still_there(
    release_before: Path, tables: str
) -> None:
    printed = subprocess.run(
        [sys.executable, "-c", COLUMNS], cwd=release_before, check=True, capture_output=True
    ).stdout
    engine = create_engine(tables.replace("://", "+psycopg2://", 1))
    inspector = inspect(engine)
    missing = [
        f"{table}.{column}"
        for table, columns in json.loads(printed).items()
        for column in set(columns) - {found["name"] for found in inspector.get_columns(table)}
    ]
    engine.dispose()
    assert not missing, "The release before uses them: drop them one release later."


def test_the_tests_of_the_release_before_pass_on_the_tables_of_this_one(
    release_before: Path, tables: str
) -> None:
    done = subprocess.run(
        [
            sys.executable, "-m", "pytest", "-q", "-p", "given_tables", "-p", "no:cacheprovider",
            "--maxfail", "5", "-k", "postgresql", *TESTS,
        ],
        cwd=release_before, capture_output=True, text=True,
        env={"PYTHONPATH": str(Path(__file__).parent), "GIVEN_TABLES": tables},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:]
    assert " passed" in done.stdout
