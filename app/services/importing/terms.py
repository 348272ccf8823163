"""Finds categories and tags by name, and makes those that are missing."""

from collections.abc import Iterable
from typing import Generic, TypeVar

from sqlalchemy import select

from app.models import Category, Tag, db
from app.services.clean import clean_line
from app.services.importing.records import ImportedTerm
from app.text.slugs import slugify

MAX_NAME_CHARS = 50
MAX_DESCRIPTION_CHARS = 200

Row = TypeVar("Row", Category, Tag)


class TermStore(Generic[Row]):
    """All terms of one kind by name, whatever the capitals; remembers ids from batch to batch."""

    def __init__(self, kind: type[Row]) -> None:
        self._kind: type[Row] = kind
        self._ids: dict[str, int] = {}
        self._slugs: set[str] = set()
        self.reload()

    def reload(self) -> None:
        """Read from the database what there is, forgetting what was rolled back."""
        rows = db.session.execute(select(self._kind.id, self._kind.name, self._kind.slug)).all()
        self._ids = {row.name.casefold(): row.id for row in rows}
        self._slugs = {row.slug for row in rows}

    def ensure(self, terms: Iterable[ImportedTerm]) -> int:
        """Make the terms that are missing; return how many, without committing."""
        rows: dict[str, Row] = {}
        for term in terms:
            name = name_of(term)
            if name and name.casefold() not in self._ids and name.casefold() not in rows:
                rows[name.casefold()] = self._new_row(term, name)
        db.session.add_all(rows.values())
        db.session.flush()
        self._ids |= {name: row.id for name, row in rows.items()}
        self._slugs |= {row.slug for row in rows.values()}
        return len(rows)

    def rows(self, terms: Iterable[ImportedTerm]) -> list[Row]:
        """Return the rows of terms that were ensured, each once, in their order."""
        names = dict.fromkeys(name_of(term).casefold() for term in terms)
        ids = [self._ids[name] for name in names if name]
        found = (db.session.get(self._kind, number) for number in ids)
        return [row for row in found if row is not None]

    def load(self, terms: Iterable[ImportedTerm]) -> list[Row]:
        """Read the rows of many terms in one statement; as long as they are held `rows` is fast."""
        ids = {self._ids[name] for term in terms if (name := name_of(term).casefold())}
        return list(db.session.scalars(select(self._kind).where(self._kind.id.in_(ids))))

    def _new_row(self, term: ImportedTerm, name: str) -> Row:
        row: Row = self._kind(name=name)
        slug = slugify(term.slug or "", max_length=MAX_NAME_CHARS)
        if slug and slug not in self._slugs:
            row.slug = slug
            self._slugs.add(slug)
        if isinstance(row, Category) and term.description:
            row.description = clean_line(term.description)[:MAX_DESCRIPTION_CHARS]
        return row


def name_of(term: ImportedTerm) -> str:
    """Return a term's name as it is stored; empty when nothing of it can be."""
    return clean_line(term.name)[:MAX_NAME_CHARS].strip()
