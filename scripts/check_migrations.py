"""Refuses migrations that would stop readers or writers: `python -m scripts.check_migrations`.

Prints each migration as SQL for PostgreSQL and gives it to squawk, which knows what every
statement locks. A migration may say why one of the rules does not matter to it:
`harmless = {"rule-name": "the reason"}`.
"""

import io
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory

FOLDER = Path(__file__).parent.parent / "app/migrations"
# Rules of taste, those that app/migrations/env.py holds for every migration, and one against
# dropping a constraint, which older code does not notice.
NOT_ASKED = (
    "ban-drop-constraint",
    "prefer-bigint-over-int",
    "prefer-bigint-over-smallint",
    "prefer-identity",
    "prefer-robust-stmts",
    "prefer-text-field",
    "require-lock-timeout",
    "require-statement-timeout",
    "require-timeout-settings",
)
ASKED_TOO = ("prefer-repack",)
# What squawk lets pass: rule, what it looks like, and what is wrong with it.
OURS = (
    (
        "locks-whole-table",
        r"^\s*(?:LOCK|TRUNCATE|CLUSTER|VACUUM)\b.*",
        "Nobody can read the table meanwhile.",
    ),
    (
        "checked-new-column",
        r"^.*\bADD COLUMN\b.*\bCHECK\b.*",
        "PostgreSQL reads the whole table under an ACCESS EXCLUSIVE lock.",
    ),
    (
        "many-rows-at-once",
        r"^\s*(?:UPDATE|DELETE)\b.*",
        "Every row stays locked until the end: fill in batches, with a command of its own.",
    ),
)
ADVICE = "See app/migrations/online.py, or give the reason in `harmless`."


@dataclass(frozen=True)
class Finding:
    """A statement that a rule refuses."""

    rule: str
    statement: str
    message: str


def sql_of(module: Script) -> str:
    """Return what a migration does going forward, as SQL for PostgreSQL."""
    printed = io.StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql",
        opts={"as_sql": True, "output_buffer": printed, "literal_binds": True},
    )
    with context.begin_transaction(), Operations.context(context):
        module.module.upgrade()
    return printed.getvalue()


def findings(sql: str) -> Iterator[Finding]:
    """Give what squawk refuses in a migration's SQL."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="utf-8") as file:
        file.write(sql)
        file.flush()
        done = subprocess.run(  # noqa: S603
            [
                Path(sys.executable).with_name("squawk"), "--reporter", "json",
                "--pg-version", "17.0",
                "--exclude", ",".join(NOT_ASKED), "--include", ",".join(ASKED_TOO), file.name,
            ],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    if done.returncode not in (0, 1):
        sys.exit(done.stderr)
    lines = sql.splitlines()
    for found in json.loads(done.stdout):
        yield Finding(found["rule_name"], lines[found["line"]].strip(), found["message"])
    for rule, pattern, message in OURS:
        for match in re.finditer(pattern, sql, re.MULTILINE | re.IGNORECASE):
            yield Finding(rule, match[0].strip(), message)


def faults(folder: Path) -> list[str]:
    """Return a sentence for each fault of the migrations in a folder."""
    found: list[str] = []
    for script in ScriptDirectory(str(folder)).walk_revisions():
        name = Path(script.path).name
        harmless: dict[str, str] = getattr(script.module, "harmless", {})
        refused = list(findings(sql_of(script)))
        found += [
            f"{name}: {finding.rule}: {finding.statement}\n    {finding.message} {ADVICE}"
            for finding in refused
            if finding.rule not in harmless
        ]
        for rule in harmless.keys() - {finding.rule for finding in refused}:
            found.append(f"{name}: {rule} is called harmless, but nothing asks about it.")
    return found


def main() -> int:
    """Print what was refused; return 1 when there is anything."""
    found = faults(FOLDER)
    print("\n".join(found), file=sys.stderr, end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
