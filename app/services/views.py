"""Counts views of articles: collected in memory, written in batches, so that reading never writes.

Counts are kept per process; the same visitor may count once in each of them. What a killed
process had not written yet is lost, which a view count can bear.
"""

import threading
import time
from collections import Counter, OrderedDict

from sqlalchemy import case, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.models import Post, ViewDay, db
from app.models.base import utc_now

REPEAT_SECONDS = 1800
MAX_VISITORS = 20_000
MAX_POSTS = 10_000
BATCH = 500


class ViewBuffer:
    """Views not written yet, and who was counted lately; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[int] = Counter()
        self._seen: OrderedDict[tuple[str, int], float] = OrderedDict()

    def add(self, *, post_id: int, visitor: str, now: float) -> bool:
        """Count a view unless this visitor's last one was a moment ago; say whether it counted.

        Both memories are bounded: the longest unseen visitor is forgotten, and views of ever
        new ids (nobody has that many articles open between two flushes) are dropped.
        """
        with self._lock:
            last = self._seen.pop((visitor, post_id), None)
            self._seen[visitor, post_id] = now
            if len(self._seen) > MAX_VISITORS:
                self._seen.popitem(last=False)
            if last is not None and now - last < REPEAT_SECONDS:
                return False
            if post_id not in self._counts and len(self._counts) >= MAX_POSTS:
                return False
            self._counts[post_id] += 1
            return True

    def take(self) -> dict[int, int]:
        """Return what was collected and start anew."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        return dict(counts)

    def give_back(self, counts: dict[int, int]) -> None:
        """Keep counts that could not be written for the next time."""
        with self._lock:
            self._counts.update(counts)


_buffer = ViewBuffer()


def record(*, post_id: int, visitor: str) -> bool:
    """Count a view of an article; say whether it counted.

    `visitor` is anything that tells visitors apart for half an hour; it is kept in memory only.
    """
    return _buffer.add(post_id=post_id, visitor=visitor, now=time.monotonic())


def flush() -> int:
    """Add the collected views to the articles; return how many views were written.

    When the database fails, what is not written yet is kept, and the error is raised.
    """
    counts = _buffer.take()
    written = 0
    ids = sorted(counts)
    for start in range(0, len(ids), BATCH):
        batch = {post_id: counts[post_id] for post_id in ids[start : start + BATCH]}
        try:
            add_views(batch)
        except BaseException:
            db.session.rollback()
            _buffer.give_back(counts)
            raise
        written += sum(counts.pop(post_id) for post_id in batch)
    return written


def add_views(counts: dict[int, int]) -> None:
    """Raise the view counts, of articles and of the day; leaves edit time and version alone."""
    posts = Post.__table__
    # Locked in one order, so that processes which flush at the same time cannot block each other.
    locked = (
        select(posts.c.id)
        .where(posts.c.id.in_(counts))
        .order_by(posts.c.id)
        .with_for_update(key_share=True)
    )
    db.session.execute(
        update(Post)
        .where(Post.id.in_(locked))
        .values(
            view_count=Post.view_count + case(counts, value=Post.id, else_=0),
            updated_at=Post.updated_at,
        )
        .execution_options(synchronize_session=False)
    )
    add_to_day(sum(counts.values()))
    db.session.commit()


def add_to_day(views: int) -> None:
    """Add to today's count, without committing."""
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    row = insert(ViewDay).values(day=utc_now().date(), views=views)
    db.session.execute(
        row.on_conflict_do_update(
            index_elements=[ViewDay.day], set_={"views": ViewDay.views + row.excluded.views}
        )
    )
