"""Imports a blog: plans the addresses, then writes article by article, a hundred at a time."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice

from sqlalchemy import false, select, update
from sqlalchemy.exc import SQLAlchemyError

from app.models import Category, Post, Redirect, Tag, User, db
from app.models.post import article_path
from app.services import public_pages, site
from app.services.importing.batch import Target, write_posts
from app.services.importing.images import store_images
from app.services.importing.limits import within_limits
from app.services.importing.people import ensure_authors
from app.services.importing.records import ImportedPost, Outline, Problem, Source
from app.services.importing.report import Report
from app.services.importing.slug_plan import plan_slugs
from app.services.importing.terms import TermStore
from app.text.markdown import TextTooLong

BATCH = 100

Progress = Callable[[int, int], None]


def import_blog(
    *,
    source: Source,
    author: User,
    language: str | None = None,
    dry_run: bool = False,
    progress: Progress = lambda done, total: None,
) -> Report:
    """Import a blog and report what was done; a second run changes only what is different.

    `author` gets the articles that name none; `language` is that of articles which name none. A
    dry run does everything but keep it, in one transaction. `progress` is called with how many
    of how many articles are done. Raises `ImportRefused` when the input as a whole is no use.
    """
    return _Import(source, author.id, language, dry_run, progress).run()


class _Import:
    def __init__(
        self,
        source: Source,
        author_id: int,
        language: str | None,
        dry_run: bool,
        progress: Progress,
    ) -> None:
        self._source, self._language = source, language
        self._author_id = author_id
        self._dry_run, self._progress = dry_run, progress
        self._report = Report()

    def run(self) -> Report:
        outline = self._source.outline()
        self._report.warnings += outline.warnings
        for problem in outline.problems:
            self._report.note(problem)
        slugs, twins = self._plan(outline)
        if self._dry_run:
            # Python's SQLite driver opens a transaction at the first change; a savepoint before
            # that would be one of its own and be kept.
            db.session.execute(update(User).where(false()).values(username=User.username))
        target = self._prepare(outline)
        records = self._records(slugs, twins, len(outline.entries))
        while batch := list(islice(records, BATCH)):
            self._write(batch, target)
        db.session.rollback()
        if not self._dry_run and (self._report.made.total() or self._report.updated.total()):
            site.touch(public_pages.LISTS)
        return self._report

    def _plan(self, outline: Outline) -> tuple[dict[str, str], set[str]]:
        """Return the slug of each item, and the items that are here already by other means."""
        prefix = _prefix(outline)
        rows = db.session.execute(
            select(Post.slug, Post.created_at, Post.import_source, Post.import_key)
        ).all()
        existing = {
            row.import_key.removeprefix(prefix): row.slug
            for row in rows
            if row.import_source == self._source.name and row.import_key.startswith(prefix)
        }
        times = {row.slug: row.created_at for row in rows}
        # The same address and the same moment, to the microsecond: our own export, or a copy.
        twins = {
            entry.source_id: entry.wanted_slug
            for entry in outline.entries
            if entry.source_id not in existing
            and entry.created_at is not None
            and times.get(entry.wanted_slug) == entry.created_at
        }
        former = db.session.scalars(select(Redirect.path))
        taken = {row.slug for row in rows} | {
            path.removeprefix(article_path("")) for path in former
        }
        plan = plan_slugs(outline.entries, existing=existing | twins, taken=taken)
        db.session.rollback()
        return plan, set(twins)

    def _prepare(self, outline: Outline) -> Target:
        """Make the authors and the listed categories and tags."""
        target = Target(
            source=self._source.name,
            prefix=_prefix(outline),
            authors={},
            fallback_author_id=self._author_id,
            language=self._language or outline.language,
            categories=TermStore(Category),
            tags=TermStore(Tag),
        )
        made, unchanged = self._report.made, self._report.unchanged
        with self._transaction():
            authors, made["authors"] = ensure_authors(outline.authors)
            made["categories"] = target.categories.ensure(outline.categories)
            made["tags"] = target.tags.ensure(outline.tags)
        unchanged["authors"] = len(set(authors.values())) - made["authors"]
        return replace(target, authors=authors)

    def _records(
        self, slugs: dict[str, str], twins: set[str], total: int
    ) -> Iterator[ImportedPost]:
        """Yield what can be written, within the limits of the tables; note all else."""
        for done, item in enumerate(self._source.posts(slugs), 1):
            self._progress(done, total)
            if isinstance(item, Problem):
                self._report.note(item)
            elif item.source_id in twins:
                self._report.note(Problem(item.title, "it is here already"))
            else:
                yield within_limits(item)

    def _write(self, batch: list[ImportedPost], target: Target) -> None:
        """Write a batch; where that fails, each of its items alone, so that one is lost at most."""
        for record in batch:
            owner = target.authors.get(record.author or "", self._author_id)
            store_images(record, owner_id=owner, dry_run=self._dry_run, report=self._report)
        if self._attempt(batch, target) is not None:
            for record in batch:
                if reason := self._attempt([record], target):
                    self._report.note(Problem(record.title, reason, failed=True))
        for record in batch:
            self._report.warn(record.title, record.warnings)

    def _attempt(self, batch: Iterable[ImportedPost], target: Target) -> str | None:
        """Write articles in one transaction; return why that failed."""
        try:
            with self._transaction():
                report = write_posts(batch, target)
        except (SQLAlchemyError, TextTooLong, ValueError, RecursionError) as error:
            target.categories.reload()
            target.tags.reload()
            return _reason(error)
        self._report.add_counts(report)
        for problem in report.skipped:
            self._report.note(problem)
        self._report.warnings += report.warnings
        return None

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Commit what is written inside, or take it back where it fails.

        A dry run has one transaction, in which this is a savepoint.
        """
        if self._dry_run:
            with db.session.begin_nested():
                yield
            return
        try:
            yield
            db.session.commit()
        except BaseException:
            db.session.rollback()
            raise


def _prefix(outline: Outline) -> str:
    return f"{outline.site}:" if outline.site else ""


def _reason(error: Exception) -> str:
    original = getattr(error, "orig", None) or error
    return " ".join(str(original).split())[:300]
