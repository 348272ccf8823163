"""Categories and tags: finding them by name, making those that are missing."""

import re
from collections.abc import Iterable

from flask_babel import gettext as _
from sqlalchemy import delete, func, or_, select

from app.extensions import db
from app.models import Category, Tag, post_tags
from app.services.clean import clean_line
from app.services.errors import Invalid

NAME_CHARS = 50
MAX_TAGS = 20
SEPARATORS = re.compile(r"[,，、\n]")  # The commas of Chinese keyboards.


def split_tags(text: str) -> list[str]:
    """Return the names in a comma-separated text, each once whatever its capitals."""
    names = (clean_line(part).lstrip("# ") for part in SEPARATORS.split(text or ""))
    return list({name.casefold(): name for name in reversed([*filter(None, names)])}.values())[::-1]


def tag_faults(names: Iterable[str]) -> list[str]:
    """Say what is wrong with a post's tags."""
    names = list(names)
    faults = []
    if len(names) > MAX_TAGS:
        faults.append(_("Use at most %(most)d tags.", most=MAX_TAGS))
    for name in names:
        if len(name) > NAME_CHARS:
            faults.append(
                _(
                    "The tag “%(name)s…” is longer than %(most)d characters.",
                    name=name[:20],
                    most=NAME_CHARS,
                )
            )
    return faults


def find_or_add_tags(names: Iterable[str]) -> list[Tag]:
    """Return the tags of these names, adding those that nobody used yet, without committing.

    A tag is found whatever its capitals are. Two posts that add one tag at the same moment make
    the later commit fail with `IntegrityError`: the caller tries again.
    """
    names = list(names)
    known = tags_named(names)
    tags = []
    for name in names:
        tag = known.get(name.casefold())
        if tag is None:
            tag = known[name.casefold()] = Tag(name=name)
            db.session.add(tag)
        tags.append(tag)
    return tags


def tags_named(names: list[str]) -> dict[str, Tag]:
    """Return the existing tags of these names by their casefolded names."""
    if not names:
        return {}
    found = db.session.scalars(
        select(Tag).where(
            or_(Tag.name.in_(names), func.lower(Tag.name).in_([name.lower() for name in names]))
        )
    )
    return {tag.name.casefold(): tag for tag in found}


def list_categories() -> list[Category]:
    """Return every category in the order of names."""
    return list(db.session.scalars(select(Category).order_by(Category.name)))


def find_category(category_id: int) -> Category:
    """Return a category; raises `Invalid` when there is none with this number."""
    category = db.session.get(Category, category_id)
    if category is None:
        raise Invalid({"category": [_("There is no such category.")]})
    return category


def find_or_add_category(name: str) -> Category:
    """Return the category of a name, whatever its capitals, adding it without committing."""
    name = clean_line(name)
    if not name or len(name) > NAME_CHARS:
        raise Invalid({"new_category": [_("Use 1 to %(most)d characters.", most=NAME_CHARS)]})
    category = db.session.scalars(
        select(Category)
        .where(or_(Category.name == name, func.lower(Category.name) == name.lower()))
        .limit(1)
    ).first()
    if category is None:
        category = Category(name=name)
        db.session.add(category)
    return category


def forget_unused(tags: list[Tag]) -> None:
    """Delete those of some tags that no article carries any more, without committing."""
    db.session.flush()
    carried = select(post_tags.c.tag_id)
    ids = [tag.id for tag in tags]
    db.session.execute(delete(Tag).where(Tag.id.in_(ids), Tag.id.not_in(carried)))
