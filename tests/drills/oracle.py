"""What is true once everything runs again: nothing lost, nothing doubled, nothing torn."""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from tests.drills.ledger import ACKNOWLEDGED, TRIED, Ledger
from tests.drills.load import WRITERS, text_of
from tests.drills.mailbox import Mailbox
from tests.stack.stack import Stack, run, wait_until

# The newest articles of a run are looked at one by one, as readers see them.
LOOKED_AT = 5
# Only what readers may see is in the index of the search.
POSTS = """
SELECT p.title, p.slug, p.content, p.is_published,
       p.content_html LIKE '%end%' AND p.is_published = EXISTS
           (SELECT 1 FROM post_search s WHERE s.post_id = p.id) AS is_whole
FROM posts p WHERE p.title LIKE 'Drill {run}-%'
"""
COMMENTS = "SELECT content FROM comments WHERE content LIKE 'reply {run}-%'"
UNDONE = "SELECT count(*) FROM outbox WHERE done_at IS NULL"
LEFT = "SELECT kind, count(*) FROM outbox WHERE done_at IS NULL GROUP BY kind"
# The clock of whatever waits for its next try is put forward.
HASTEN = "UPDATE outbox SET available_at = now() WHERE done_at IS NULL AND available_at > now()"


@dataclass(frozen=True)
class Findings:
    """What is wrong; an empty list and noughts are what must be."""

    lost: int
    doubled: int
    faults: list[str]


def query(stack: Stack, statement: str) -> list[list[Any]]:
    """Return the rows of a statement, as the superuser sees them."""
    password = (stack.folder / "secrets/postgres_password").read_text().strip()
    rows = f"SELECT coalesce(json_agg(q), '[]') FROM ({statement}) q"  # noqa: S608
    wrapped = rows if statement.lstrip().upper().startswith("SELECT") else statement
    printed = run(
        "docker", "exec", "-e", f"PGPASSWORD={password}", stack.containers("postgres")[0],
        "psql", "-h", "/run/postgresql", "-U", "postgres", "-d", "ironpress", "-qAtc", wrapped,
    )  # fmt: skip
    found: list[dict[str, Any]] = json.loads(printed) if printed.strip() else []
    return [list(row.values()) for row in found]


def check(stack: Stack, ledger: Ledger, run_id: str) -> Findings:
    """Compare what was acknowledged with what is there."""
    # Writers go on meanwhile: first what was acknowledged, then what is there.
    acknowledged = set().union(*(ledger.uids(ACKNOWLEDGED, kind) for kind in WRITERS))
    posts = query(stack, POSTS.format(run=run_id))
    comments = query(stack, COMMENTS.format(run=run_id))
    there: Counter[str] = Counter(row[0].removeprefix("Drill ") for row in posts)
    there.update(row[0].removeprefix("reply ") for row in comments)
    tried = set().union(*(ledger.uids(TRIED, kind) for kind in WRITERS))
    faults = [
        f"{title} is torn"
        for title, _, content, _, is_whole in posts
        if not is_whole or content.strip() != text_of(title.removeprefix("Drill ")).strip()
    ]
    faults += [f"{uid} was never written" for uid in there if uid not in tried]
    return Findings(
        lost=len(acknowledged - set(there)),
        doubled=sum(count - 1 for count in there.values()),
        faults=faults + look_at_pages(stack, posts),
    )


def look_at_pages(stack: Stack, posts: list[list[Any]]) -> list[str]:
    """Say which of the newest articles readers do not see as the database has them."""
    public = [row for row in posts if row[3]]
    newest = sorted(public, key=lambda row: int(row[0].rpartition("-")[2]))[-LOOKED_AT:]

    def differing() -> list[str]:
        listed = stack.ask("/articles").body
        return [
            f"readers do not see {title}"
            for title, slug, *_ in newest
            if title not in stack.ask(f"/articles/{slug}").body or title not in listed
        ]

    try:
        wait_until(lambda: not differing(), 30)
    except AssertionError:
        return differing()
    return []


def check_mails(stack: Stack, ledger: Ledger, mailbox: Mailbox) -> Findings:
    """Have the outbox worked off and compare with what the mail server took."""

    def is_done() -> bool:
        query(stack, HASTEN)
        return query(stack, UNDONE) == [[0]]

    faults = []
    try:
        wait_until(is_done, 90)
    except AssertionError:
        faults = [f"{count} {kind} are not done" for kind, count in query(stack, LEFT)]
    acknowledged = ledger.uids(ACKNOWLEDGED, "comment")
    return Findings(
        lost=len(acknowledged - set(mailbox.taken)),
        doubled=sum(count - 1 for count in mailbox.taken.values()),
        faults=faults,
    )
