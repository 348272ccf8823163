"""`make restore-drill`: what a loss of the database costs, with 100,000 articles in it.

Fills a bundle, takes a base backup, notes a moment, restores to it in scratch; then writes without
pause, takes the primary and its files away, and restores to the end, in the place of the primary.
Rows are compared by their hashes.
"""

import argparse
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any

from app.settings import ROOT
from tests.drills.__main__ import bundle
from tests.drills.table import keep, stamp
from tests.stack import backups
from tests.stack.stack import Stack, run, wait_until

PAGE = """# What the loss of the database costs

Made by `make restore-drill DOCS=1` on {date} at commit {commit}, with the machine's load {load} at
the end: a bundle with {posts:,} articles and {comments:,} comments, {rows:,} rows in all.

| what | measured |
|---|---|
| base backup | {base_seconds:.1f} s, {base_megabytes:.0f} MB encrypted |
| restore to an exact position, into scratch | {moment_seconds:.1f} s, {moment} |
| the primary and its files taken away while writing | {acknowledged:,} commits acknowledged, the \
last {missing} lost: {loss_seconds:.2f} s |
| restore in its place | {restore_seconds:.1f} s, {after} |
| … until the site answers again, everything stopped and started | {back_seconds:.0f} s |
| `make backup-verify` | {verify_seconds:.0f} s |
"""
COLUMNS = (
    "SELECT attname FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped "
    "AND attgenerated = '' AND attrelid = '{table}'::regclass"
)
NEXT_ID = "SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
# What no two articles may share.
UNIQUE = {
    "slug": "left(slug, 180) || '-' || (id + {shift})",
    "import_source": "NULL",
    "import_key": "NULL",
}
COMMENTS_PER_POST = 3
MADE_UP = 2000
LAG_SECONDS = 120
WRITES = 100_000
WRITE_PAUSE = 0.002
UNDER_WAY = 500
# Nobody writes to these meanwhile.
SAME = ("posts", "comments", "tags", "post_tags", "post_search")
NAMES = "SELECT name FROM categories WHERE name LIKE 'lost-%'"


@dataclass
class Restored:
    """What was measured; seconds, and counts of rows."""

    posts: int
    comments: int
    rows: int
    base_seconds: float
    base_bytes: float
    moment_seconds: float
    moment_differs: list[str]
    restore_seconds: float
    back_seconds: float
    acknowledged: int
    missing: int
    loss_seconds: float
    verify_seconds: float
    after_differs: list[str]


def main() -> int:
    """Measure, print, keep; say whether the goals were reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=100_000)
    parser.add_argument("--docs", action="store_true", help="renew docs/restore.json")
    given = parser.parse_args()
    with bundle(own_disks=False) as stack:
        fill(stack, given.posts)
        found = asdict(measure(stack)) | stamp()
    keep("restore.json", found, docs=given.docs)
    if given.docs:
        (ROOT / "docs/restore.md").write_text(page(found), encoding="utf-8")
    for name, value in found.items():
        print(f"{name:18} {value}")
    return int(bool(found["moment_differs"] or found["after_differs"]))


def page(found: dict[str, Any]) -> str:
    """Return the figures as a page."""

    def judged(differs: list[str]) -> str:
        return f"{', '.join(differs)} differ" if differs else "all row hashes equal"

    return PAGE.format(
        **found,
        base_megabytes=found["base_bytes"] / 1e6,
        moment=judged(found["moment_differs"]),
        after=judged(found["after_differs"]),
    )


def fill(stack: Stack, posts: int) -> None:
    """Have so many articles and comments on them: some are made up, the others copies of those."""
    made = min(posts, MADE_UP)
    lacking = made - count(stack, "posts")
    if lacking > 0:
        comments = str(lacking * COMMENTS_PER_POST)
        stack.flask("seed", "--posts", str(lacking), "--comments", comments, "--users", "100")
    while (there := count(stack, "posts")) < posts:
        first, last = ends(stack, "posts")
        wanted = min(there, posts - there)
        most = first + -(-wanted * (last - first + 1) // there) - 1
        copy_articles(stack, f"BETWEEN {first} AND {most}", last - first + 1)


def copy_articles(stack: Stack, which: str, shift: int) -> None:
    """Copy articles with everything that hangs on them, under ids that are so much higher."""
    comments = ends(stack, "comments")[1]
    copies = (
        ("posts", {"id": shift}, f"id {which}"),
        ("post_search", {"post_id": shift}, f"post_id {which}"),
        ("post_tags", {"post_id": shift}, f"post_id {which}"),
        (
            "comments",
            {"id": comments, "post_id": shift, "parent_id": comments},
            f"post_id {which}",
        ),
    )
    for table, shifts, condition in copies:
        names = [name for (name,) in rows(stack, COLUMNS.format(table=table))]
        changed = UNIQUE | {name: f"{name} + {by}" for name, by in shifts.items()}
        values = [changed.get(name, name).format(shift=shift) for name in names]
        stack.sql(
            f"INSERT INTO {table} ({', '.join(names)}) "  # noqa: S608
            f"SELECT {', '.join(values)} FROM {table} WHERE {condition}"
        )
    for table in ("posts", "comments"):
        stack.sql(NEXT_ID.format(table=table))


def ends(stack: Stack, table: str) -> tuple[int, int]:
    """Return the lowest and the highest id of a table."""
    first, last = rows(stack, f"SELECT min(id), max(id) FROM {table}")[0]  # noqa: S608
    return first, last


def count(stack: Stack, table: str) -> int:
    """Return how many rows a table has."""
    found: int = backups.value(stack, f"SELECT count(*) FROM {table}")  # noqa: S608
    return found


def measure(stack: Stack) -> Restored:
    """Back up, write, lose, restore, compare."""
    wait_until(lambda: backups.metrics(stack).get("wal_lag_bytes") == 0, LAG_SECONDS)
    stack.script("backup", "base")
    base = backups.metrics(stack)

    backups.write(stack, f"before-{time.time_ns()}", 100)
    mark = backups.inside_backup(stack, "marks.take(connection).as_dict()")
    expected = mark["sums"]
    backups.write(stack, f"after-{time.time_ns()}", 100)
    wait_until(lambda: backups.metrics(stack).get("wal_lag_bytes") == 0, LAG_SECONDS)
    output = backups.restore(stack, LSN=mark["lsn"])
    moment = seconds_of(output)
    differs = differences(expected, backups.restored_sums(output))

    writer = lose(stack)
    began = time.monotonic()
    output = backups.restore(stack, INTO="production")
    back = time.monotonic() - began
    restored = backups.restored_sums(output)
    there = {name for (name,) in rows(stack, NAMES)}
    last = max(writer.acknowledged.values())
    missing = [when for name, when in writer.acknowledged.items() if name not in there]
    untouched = {table: found for table, found in expected.items() if table in SAME}
    return Restored(
        posts=count(stack, "posts"),
        comments=count(stack, "comments"),
        rows=sum(number for number, _ in restored.values()),
        base_seconds=base["base_seconds"],
        base_bytes=base["base_bytes"],
        moment_seconds=moment,
        moment_differs=differs,
        restore_seconds=seconds_of(output),
        back_seconds=round(back, 1),
        acknowledged=len(writer.acknowledged),
        missing=len(missing),
        loss_seconds=round(last - min(missing, default=last), 3),
        verify_seconds=verified(stack),
        after_differs=differences(untouched, restored),
    )


def lose(stack: Stack) -> backups.Writer:
    """Take the primary away in the middle of writing, with its files; return what was written."""
    primary = stack.containers("postgres")[0]
    with backups.Writer(stack, "lost", WRITES, pause=WRITE_PAUSE) as writer:
        wait_until(lambda: len(writer.acknowledged) > UNDER_WAY, seconds=120)
        run("docker", "kill", primary)
    run("docker", "rm", primary)
    backups.on_volume(stack, "database", "import shutil; shutil.rmtree('/v/data')")
    return writer


def verified(stack: Stack) -> float:
    """Have the newest backup proved, and return how long that took."""
    began = time.monotonic()
    stack.script("backup", "verify")
    return round(time.monotonic() - began, 1)


def rows(stack: Stack, statement: str) -> list[list[Any]]:
    """Return the rows of a statement, as the backup's role sees them."""
    found: list[list[Any]] = backups.inside_backup(
        stack, f"database.rows(connection, {statement!r})"
    )
    return found


def seconds_of(output: str) -> float:
    """Return the seconds that a restore says it has taken."""
    line = next(line for line in output.splitlines() if line.startswith("Restored in "))
    return float(line.split()[2])


def differences(expected: dict[str, list[Any]], found: dict[str, list[Any]]) -> list[str]:
    """Return the tables whose number of rows or whose hash differs."""
    return [table for table, sums in expected.items() if found.get(table) != sums]


if __name__ == "__main__":
    sys.exit(main())
