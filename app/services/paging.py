"""Pages of lists: for people, for programs by number, and by a signed cursor."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import Select, func
from sqlalchemy.orm.interfaces import ORMOption

from app.extensions import db
from app.services.errors import Invalid, NotFound
from app.services.reading import Page

MAX_PAGE = 10_000


def list_page(
    statement: Select[Any], *, options: tuple[ORMOption, ...] = (), page: int, per_page: int
) -> Page:
    """Return a page of a list that is short enough to be counted, and how many pages follow.

    Raises `NotFound` for a page that does not exist; the first one always does.
    """
    if not 1 <= page <= MAX_PAGE:
        raise NotFound
    counted = statement.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)
    total = db.session.scalar(counted) or 0
    rows = statement.options(*options).limit(per_page).offset((page - 1) * per_page)
    items = list(db.session.scalars(rows))
    if page != 1 and not items:
        raise NotFound
    return Page(items, page, per_page, max(0, -(-total // per_page) - page))


@dataclass(frozen=True)
class NumberedPage:
    """A page by its number, and how many items there are in all."""

    items: list[Any]
    page: int
    per_page: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return -(-self.total // self.per_page)

    @property
    def has_next(self) -> bool:
        """Whether a page follows."""
        return self.page < self.pages

    @property
    def has_prev(self) -> bool:
        """Whether a page precedes."""
        return self.page > 1


@dataclass(frozen=True)
class CursorPage:
    """A page by its place in the order, and the cursor of the next one."""

    items: list[Any]
    per_page: int
    next_cursor: str | None

    @property
    def has_next(self) -> bool:
        """Whether a page follows."""
        return self.next_cursor is not None


def number_page(
    statement: Select[Any], *, options: tuple[ORMOption, ...] = (), page: int, per_page: int
) -> NumberedPage:
    """Return a page of what a statement selects, in two statements; one past the end is empty."""
    counted = statement.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)
    total = db.session.scalar(counted) or 0
    rows = statement.options(*options).limit(per_page).offset((page - 1) * per_page)
    items = list(db.session.scalars(rows)) if (page - 1) * per_page < total else []
    return NumberedPage(items, page, per_page, total)


def cursors() -> URLSafeSerializer:
    """Return what signs cursors, so that a changed one is refused instead of guessed at."""
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="api-cursor")


def make_cursor(sort: str, place: Any, post_id: int) -> str:
    """Return the cursor of a place in an order."""
    value = place.isoformat() if isinstance(place, datetime) else place
    return str(cursors().dumps([sort, value, post_id]))


def read_cursor(cursor: str, sort: str) -> tuple[Any, int]:
    """Return the place of a cursor; raises `Invalid`."""
    try:
        made_for, place, post_id = cursors().loads(cursor)
    except BadData:
        raise Invalid({"cursor": [_("This is no cursor of this list.")]}) from None
    if made_for != sort:
        raise Invalid({"cursor": [_("This cursor belongs to another order.")]})
    return (datetime.fromisoformat(place) if sort.endswith("_at") else place), post_id
