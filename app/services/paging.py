"""Pages of lists that are short enough to be counted: the desk's and the moderators'."""

from typing import Any

from sqlalchemy import Select, func
from sqlalchemy.orm.interfaces import ORMOption

from app.extensions import db
from app.services.errors import NotFound
from app.services.reading import Page

MAX_PAGE = 10_000


def list_page(
    statement: Select[Any], *, options: tuple[ORMOption, ...] = (), page: int, per_page: int
) -> Page:
    """Return a page of what a statement selects, and how many pages follow, in two statements.

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
