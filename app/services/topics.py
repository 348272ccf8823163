"""What editors do with categories and tags."""

from typing import Any, TypeVar

from flask_babel import gettext as _
from sqlalchemy import delete, func, or_, select
from sqlalchemy.exc import IntegrityError

from app.extensions import db
from app.models import Category, Permission, Tag, User
from app.services import site
from app.services.clean import clean_line
from app.services.errors import Forbidden, NotFound, Taken
from app.services.listing import NumberedPage, number_page

Topic = TypeVar("Topic", Category, Tag)


def list_topics(kind: type[Topic], *, page: int, per_page: int) -> NumberedPage:
    """Return a page of all categories or tags, by name."""
    return number_page(select(kind).order_by(kind.name), page=page, per_page=per_page)


def find_topic(kind: type[Topic], *, topic_id: int) -> Topic:
    """Return a category or a tag; raises `NotFound`."""
    topic = db.session.get(kind, topic_id)
    if topic is None:
        raise NotFound(_("There is nothing with this number."))
    return topic


def create_topic(kind: type[Topic], *, editor: User, **values: str | None) -> Topic:
    """Add a category or a tag. Raises `Forbidden` or `Taken`."""
    require_editor(editor)
    topic = kind()
    return save(topic, values)


def update_topic(kind: type[Topic], *, editor: User, topic_id: int, **values: str | None) -> Topic:
    """Change a category or a tag. Raises `Forbidden`, `NotFound` or `Taken`."""
    require_editor(editor)
    return save(find_topic(kind, topic_id=topic_id), values)


def delete_topic(kind: type[Topic], *, editor: User, topic_id: int) -> None:
    """Delete a category or a tag; articles stay without it."""
    require_editor(editor)
    topic = find_topic(kind, topic_id=topic_id)
    db.session.execute(delete(kind).where(kind.id == topic.id))
    db.session.commit()
    site.touch()


def save(topic: Topic, values: dict[str, Any]) -> Topic:
    """Store cleaned values; raises `Taken` for a name or slug that another one has."""
    with db.session.no_autoflush:
        values = {name: clean_line(value) or None for name, value in values.items()}
        if faults := taken_faults(topic, values):
            db.session.rollback()
            raise Taken(faults)
        for name, value in values.items():
            if value is not None or name == "description":
                setattr(topic, name, value)
    db.session.add(topic)
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        raise Taken({"name": [taken()]}) from None
    site.touch()
    return topic


def taken_faults(topic: Topic, values: dict[str, Any]) -> dict[str, list[str]]:
    """Say which values another category or tag has; names differ by more than capitals."""
    kind = type(topic)
    faults = {}
    if name := values.get("name"):
        same = or_(kind.name == name, func.lower(kind.name) == name.lower())
        if any(other != topic.id for other in db.session.scalars(select(kind.id).where(same))):
            faults["name"] = [taken()]
    if slug := values.get("slug"):
        owner = db.session.scalar(select(kind.id).where(kind.slug == slug))
        if owner is not None and owner != topic.id:
            faults["slug"] = [taken()]
    return faults


def taken() -> str:
    """Return what to say about a value that must be unique."""
    return str(_("This is already taken."))


def require_editor(user: User) -> None:
    """Raise `Forbidden` for anyone but editors."""
    if not user.can(Permission.DELETE):
        raise Forbidden(_("Only editors may do this."))
