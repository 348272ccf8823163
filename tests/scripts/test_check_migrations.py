"""A migration that would stop readers or writers is refused, with the statement that would."""

from pathlib import Path

import pytest

from scripts.check_migrations import FOLDER, faults

MIGRATION = """
import sqlalchemy as sa
from alembic import op
from app.migrations import online
revision = "1"
down_revision = None
{more}

def upgrade():
    {step}
"""

REFUSED = {
    'op.create_index("ix", "posts", ["title"])': "require-concurrent-index-creation",
    'op.drop_index("ix", "posts")': "require-concurrent-index-deletion",
    'op.execute("REINDEX TABLE posts")': "require-concurrent-reindex",
    'op.alter_column("posts", "title", type_=sa.BigInteger())': "changing-column-type",
    'op.alter_column("posts", "title", nullable=False)': "adding-not-nullable-field",
    'op.add_column("posts", sa.Column("a", sa.Text(), nullable=False))': "adding-required-field",
    'op.add_column("posts", sa.Column("a", sa.Float(), server_default=sa.text("random()")))': (
        "adding-field-with-default"
    ),
    'op.add_column("posts", sa.Column("a", sa.Integer(), sa.Computed("id * 2")))': (
        "adding-field-with-default"
    ),
    'op.add_column("posts", sa.Column("a", sa.Integer(), sa.ForeignKey("users.id")))': (
        "adding-foreign-key-constraint"
    ),
    'op.execute("ALTER TABLE posts ADD COLUMN a integer CHECK (a > 0)")': "checked-new-column",
    'op.create_check_constraint("ck", "posts", "id > 0")': "constraint-missing-not-valid",
    'op.create_foreign_key("fk", "posts", "users", ["a"], ["id"])': (
        "adding-foreign-key-constraint"
    ),
    'op.create_unique_constraint("uq", "posts", ["a"])': "disallowed-unique-constraint",
    'op.drop_column("posts", "title")': "ban-drop-column",
    'op.drop_table("posts")': "ban-drop-table",
    'op.alter_column("posts", "title", new_column_name="headline")': "renaming-column",
    'op.rename_table("posts", "articles")': "renaming-table",
    'op.execute("UPDATE posts SET title = slug")': "many-rows-at-once",
    'op.execute("LOCK TABLE posts")': "locks-whole-table",
}

ALLOWED = (
    'op.create_table("new", sa.Column("id", sa.Integer(), primary_key=True), '
    'sa.Column("a", sa.Integer(), sa.ForeignKey("users.id"), index=True))',
    'op.add_column("posts", sa.Column("a", sa.Text(), nullable=True))',
    'op.add_column("posts", sa.Column("a", sa.Integer(), nullable=False, server_default="0"))',
    'online.create_index("ix", "posts", ["title"], unique=True)',
    'online.drop_index("ix", "posts")',
    'online.set_not_null("posts", "summary")',
    'online.add_constraint("posts", "ck", "CHECK (id > 0)")',
    'online.add_constraint("posts", "fk", "FOREIGN KEY (a) REFERENCES users (id)")',
)


def check(folder: Path, step: str, more: str = "") -> list[str]:
    (folder / "versions").mkdir()
    (folder / "env.py").touch()
    (folder / "versions/0001_first.py").write_text(MIGRATION.format(step=step, more=more))
    return faults(folder)


@pytest.mark.parametrize(("step", "rule"), REFUSED.items())
def test_a_step_that_blocks_is_refused(tmp_path: Path, step: str, rule: str) -> None:
    assert any(rule in fault for fault in check(tmp_path, step))


@pytest.mark.parametrize("step", ALLOWED)
def test_a_step_that_does_not_block_is_allowed(tmp_path: Path, step: str) -> None:
    assert check(tmp_path, step) == []


def test_an_exception_needs_a_reason_and_a_cause(tmp_path: Path) -> None:
    more = 'harmless = {"ban-drop-table": "nothing has ever used it", "renaming-table": "why"}'
    (fault,) = check(tmp_path, 'op.drop_table("posts")', more)
    assert "renaming-table" in fault


def test_the_projects_own_migrations_block_nobody() -> None:
    assert faults(FOLDER) == []
