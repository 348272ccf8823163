"""PostgreSQL is as its configuration says: roles, time-outs, checksums, and memory by its limit."""

import pytest

from tests.stack.stack import Stack, run

BLOCK = 8192


def ask(stack: Stack, statement: str) -> list[list[str]]:
    """Return the rows of a question to the superuser."""
    password = (stack.folder / "secrets/postgres_password").read_text().strip()
    printed = run(
        "docker", "exec", "-e", f"PGPASSWORD={password}", stack.containers("postgres")[0],
        "psql", "--username", "postgres", "-qAtF", " ", "-c", statement, "ironpress",
    )  # fmt: skip
    return [line.split(" ") for line in printed.splitlines()]


def test_passwords_are_scram_and_pages_carry_checksums(stack: Stack) -> None:
    hashed = ask(
        stack, "SELECT rolname, rolpassword LIKE 'SCRAM-SHA-256$%' FROM pg_authid WHERE rolcanlogin"
    )
    names = (
        "postgres",
        "ironpress_owner",
        "ironpress_app",
        "ironpress_backup",
        "ironpress_monitor",
    )
    assert sorted(hashed) == sorted([name, "t"] for name in names)
    assert ask(stack, "SHOW data_checksums") == [["on"]]


def test_nobody_but_the_superuser_may_do_more_than_its_work(stack: Stack) -> None:
    mighty = """SELECT rolname FROM pg_roles
        WHERE rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls"""
    assert ask(stack, mighty) == [["postgres"]]
    tables = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
    assert ask(stack, tables) == [["ironpress_owner"]]
    can = "SELECT has_schema_privilege('ironpress_app', 'public', 'CREATE')"
    assert ask(stack, can) == [["f"]]


def test_time_outs_are_the_roles_own(stack: Stack) -> None:
    code = """
import psycopg2
connection = psycopg2.connect(open("/run/secrets/database_url").read().strip())
cursor = connection.cursor()
for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "jit"):
    cursor.execute("SHOW " + name)
    print(cursor.fetchone()[0])
"""
    assert stack.python("web", code).split() == ["5s", "2s", "10s", "off"]


@pytest.mark.parametrize(
    ("name", "part"), [("shared_buffers", 1 / 4), ("effective_cache_size", 3 / 5)]
)
def test_memory_follows_the_containers_limit(stack: Stack, name: str, part: float) -> None:
    limit = stack.inspect("postgres")["HostConfig"]["Memory"]
    settings = dict(ask(stack, "SELECT name, setting FROM pg_settings WHERE unit = '8kB'"))
    assert int(settings[name]) * BLOCK == pytest.approx(limit * part, rel=0.01)
