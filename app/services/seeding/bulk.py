"""A blog of any size, made up: the same options on an empty blog give the same rows."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, func, literal_column, select, text
from sqlalchemy import table as sql_table

from app.models import Comment, Post, Role, User, db, post_tags
from app.models.passwords import hash_password
from app.models.post_search import replaceable_index
from app.services.errors import Conflict
from app.services.seeding.blog import (
    CATEGORIES,
    USER_PREFIX,
    Batch,
    Blog,
    Topics,
    tag_names,
    user_rows,
)
from app.services.seeding.copying import Write, writing, writing_documents
from app.services.taxonomy import find_or_add_category, find_or_add_tags

BATCH = 1000
TABLES: tuple[Any, ...] = (User.__table__, Post.__table__, Comment.__table__)


@dataclass(frozen=True)
class Seeded:
    """How many rows were added."""

    posts: int
    comments: int
    users: int


def seed_blog(
    *,
    posts: int,
    comments: int,
    users: int,
    seed: int,
    password: str = "",
    progress: Callable[[int], None] = lambda done: None,
) -> Seeded:
    """Add made-up users, posts and comments in one transaction, derived columns and index included.

    Without a password nobody can log in as one of the users. Raises `Conflict` where posts have no
    author, or comments no post. `progress` is told how many posts are done.
    """
    if comments and not posts:
        raise Conflict("Comments are added to the posts of the same run: give --posts, too.")
    topics = make_topics()
    db.session.commit()
    password_hash = hash_password(password) if password else ""
    written = 0
    with db.engine.begin() as connection, bulk_loading(connection):
        new_users = user_rows(
            first_id=next_id(connection, User),
            first_number=count_seeded(connection) + 1,
            count=users,
            password_hash=password_hash,
        )
        writing(connection.dialect.name, User.__table__, new_users)(connection)  # type: ignore[arg-type]
        blog = plan(connection, posts=posts, comments=comments, seed=seed, topics=topics)
        for batch in write_batches(connection, blog.batches(BATCH)) if blog else ():
            written += len(batch.comments)
            progress(len(batch.posts))
    tidy_up()
    return Seeded(posts, written, users)


def make_topics() -> Topics:
    """Find or add categories and tags."""
    categories = {
        language: [find_or_add_category(name) for name in names]
        for language, names in CATEGORIES.items()
    }
    tags = {language: find_or_add_tags(names) for language, names in tag_names().items()}
    db.session.flush()
    return Topics(
        {language: [found.id for found in rows] for language, rows in categories.items()},
        {language: [tag.id for tag in rows] for language, rows in tags.items()},
    )


def plan(
    connection: Connection, *, posts: int, comments: int, seed: int, topics: Topics
) -> Blog | None:
    """Return what will be written, by whom; None where there is nothing to write."""
    if not posts:
        return None
    authors = select(User.id).where(User.role >= Role.AUTHOR, User.is_active).order_by(User.id)
    author_ids = list(connection.scalars(authors))
    if not author_ids:
        raise Conflict("There is no author to write the posts: add some with --users.")
    reader_ids = list(connection.scalars(select(User.id).order_by(User.id)))
    return Blog(
        seed=seed,
        posts=posts,
        comments=comments,
        topics=topics,
        author_ids=author_ids,
        reader_ids=reader_ids,
        first_post_id=next_id(connection, Post),
        first_comment_id=next_id(connection, Comment),
        taken_slugs=set(connection.scalars(select(Post.slug))),
    )


def write_batches(connection: Connection, batches: Iterator[Batch]) -> Iterator[Batch]:
    """Write batches and yield each; the next one is made while PostgreSQL takes one in."""
    dialect = connection.dialect.name
    if dialect != "postgresql":
        for batch in batches:
            write_all(connection, writes_of(dialect, batch))
            yield batch
        return
    with ThreadPoolExecutor(max_workers=1) as writer:
        pending = None
        for batch in batches:
            writes = writes_of(dialect, batch)
            if pending:
                pending.result()
            pending = writer.submit(write_all, connection, writes)
            yield batch
        if pending:
            pending.result()


def writes_of(dialect: str, batch: Batch) -> list[Write]:
    """Return what writes the rows of some posts."""
    return [
        writing(dialect, Post.__table__, batch.posts),  # type: ignore[arg-type]
        writing(dialect, post_tags, batch.post_tags),
        writing(dialect, Comment.__table__, batch.comments),  # type: ignore[arg-type]
        writing_documents(dialect, batch.documents),
    ]


def write_all(connection: Connection, writes: list[Write]) -> None:
    """Write, in this order."""
    for write in writes:
        write(connection)


def next_id(connection: Connection, model: Any) -> int:
    """Return the id after the highest one."""
    return (connection.scalar(select(func.max(model.id))) or 0) + 1


def count_seeded(connection: Connection) -> int:
    """Return how many users earlier runs have made."""
    seeded = User.email.like(f"{USER_PREFIX}%@example.org")
    return connection.scalar(select(func.count()).select_from(User).where(seeded)) or 0


@contextmanager
def bulk_loading(connection: Connection) -> Iterator[None]:
    """Keep others from adding rows meanwhile; let PostgreSQL build the index at the end.

    Only the tables' owner may take the index away; anyone else's rows are indexed one by one.
    """
    if connection.dialect.name != "postgresql":
        yield
        return
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    # Rows are rendered between two statements, which takes a while on a busy machine.
    connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    names = ", ".join(table.name for table in TABLES)
    connection.execute(text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))
    owns = connection.scalar(
        text("SELECT pg_has_role(tableowner, 'USAGE') FROM pg_tables WHERE tablename='post_search'")
    )
    drop, create = replaceable_index()
    if owns:
        connection.execute(text(drop))
    yield
    if owns:
        connection.execute(text(create))
    for table in TABLES:
        advance_sequence(connection, table)


def advance_sequence(connection: Connection, table: Table) -> None:
    """Let the next row's id follow the highest one; setting it is the owner's right alone."""
    sequence = f"{table.name}_id_seq"
    connection.execute(
        select(func.count(func.nextval(sequence))).select_from(
            func.generate_series(
                select(literal_column("last_value"))
                .select_from(sql_table(sequence))
                .scalar_subquery(),
                select(func.max(table.c.id)).scalar_subquery(),
            )
        )
    )


def tidy_up() -> None:
    """Tell the planner what the tables hold now."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET statement_timeout = 0"))
            connection.execute(text("VACUUM ANALYZE"))
            connection.execute(text("RESET statement_timeout"))
        else:
            connection.execute(text("ANALYZE"))
