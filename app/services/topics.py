"""What editors do with categories and tags."""

from typing import Any, TypeVar

from flask_babel import gettext as _
from sqlalchemy import Select, delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from app.extensions import db
from app.models import Category, Permission, Post, Tag, TopicRedirect, User, post_tags
from app.services import audit, public_pages, site
from app.services.clean import clean_line
from app.services.errors import Forbidden, Invalid, NotFound, Taken
from app.services.paging import NumberedPage, number_page
from app.services.reading.topics import is_told

Topic = TypeVar("Topic", Category, Tag)


def list_topics(
    kind: type[Topic], *, viewer: User | None, page: int, per_page: int
) -> NumberedPage:
    """Return a page of the categories or tags that a viewer may know of, by name."""
    return number_page(shown_to(kind, viewer).order_by(kind.name), page=page, per_page=per_page)


def shown_topic(kind: type[Topic], *, topic_id: int, viewer: User | None) -> Topic:
    """Return a category or a tag that a viewer may know of; raises `NotFound`."""
    topic = db.session.scalar(shown_to(kind, viewer).where(kind.id == topic_id))
    if topic is None:
        raise NotFound(_("There is nothing with this number."))
    return topic


def shown_to(kind: type[Topic], viewer: User | None) -> Select[tuple[Topic]]:
    """Return the query of what a viewer may know of."""
    statement = select(kind)
    return statement.where(is_told(viewer)) if kind is Tag else statement


def find_topic(kind: type[Topic], *, topic_id: int) -> Topic:
    """Return a category or a tag; raises `NotFound`."""
    topic = db.session.get(kind, topic_id)
    if topic is None:
        raise NotFound(_("There is nothing with this number."))
    return topic


def create_topic(kind: type[Topic], *, editor: User, **values: str | None) -> Topic:
    """Add a category or a tag. Raises `Forbidden` or `Taken`."""
    require_editor(editor)
    return save(kind(), values, editor)


def update_topic(kind: type[Topic], *, editor: User, topic_id: int, **values: str | None) -> Topic:
    """Change a category or a tag. Raises `Forbidden`, `NotFound` or `Taken`."""
    require_editor(editor)
    return save(find_topic(kind, topic_id=topic_id), values, editor)


def merge_topic(kind: type[Topic], *, editor: User, topic_id: int, into_id: int) -> Topic:
    """Move all articles of one category or tag to another and delete the first.

    Its address leads to the other one from then on. Raises `Forbidden`, `NotFound` or `Invalid`.
    """
    require_editor(editor)
    source = find_topic(kind, topic_id=topic_id)
    target = find_topic(kind, topic_id=into_id)
    if source.id == target.id:
        raise Invalid({"into": [_("Choose another one to merge into.")]})
    if kind is Category:
        posts = update(Post).where(Post.category_id == source.id)
        db.session.execute(
            # What only moves is not edited: the time of the last change stays.
            posts.values(category_id=target.id, updated_at=Post.updated_at),
            execution_options={"synchronize_session": False},
        )
    else:
        tagged = select(post_tags.c.post_id).where(post_tags.c.tag_id == target.id)
        moved = (post_tags.c.tag_id == source.id) & post_tags.c.post_id.not_in(tagged)
        db.session.execute(update(post_tags).where(moved).values(tag_id=target.id))
    old: str = path_of(source)
    new: str = path_of(target)
    name = source.name
    keep_address(old, new)
    db.session.execute(delete(kind).where(kind.id == source.id))
    log(editor, "merge", source, into=target.name, name=name)
    pages: list[str] = [*public_pages.encoded([old, new]), *public_pages.LISTS]
    site.queue_refresh(pages)
    db.session.commit()
    site.touch(pages)
    return target


def count_posts(kind: type[Topic]) -> list[tuple[Topic, int]]:
    """Return every category or tag by name, with the number of its articles, drafts included."""
    if kind is Category:
        pairs = select(Post.category_id.label("id"))
    else:
        pairs = select(post_tags.c.tag_id.label("id"))
    filed = pairs.subquery()
    counts = select(filed.c.id, func.count().label("posts")).group_by(filed.c.id).subquery()
    rows = db.session.execute(
        select(kind, func.coalesce(counts.c.posts, 0))
        .outerjoin(counts, counts.c.id == kind.id)
        .order_by(kind.name)
    )
    return [(topic, count) for topic, count in rows]


def path_of(topic: Category | Tag) -> str:
    """Return where readers find the articles of a category or a tag."""
    return f"/{'categories' if isinstance(topic, Category) else 'tags'}/{topic.slug}"


def keep_address(old: str, new: str) -> None:
    """Let a former address, and those that lead to it, lead to the new one; does not commit."""
    earlier = update(TopicRedirect).where(TopicRedirect.target == old)
    db.session.execute(earlier.values(target=new))
    db.session.execute(delete(TopicRedirect).where(TopicRedirect.path.in_([old, new])))
    db.session.add(TopicRedirect(path=old, target=new))


def log(editor: User, act: str, topic: Category | Tag, **details: str) -> None:
    """Add an act to the audit log, without committing."""
    kind = "category" if isinstance(topic, Category) else "tag"
    audit.record(actor=editor, action=f"{kind}.{act}", target=path_of(topic), **details)


def delete_topic(kind: type[Topic], *, editor: User, topic_id: int) -> None:
    """Delete a category or a tag; articles stay without it."""
    require_editor(editor)
    topic: Category | Tag = find_topic(kind, topic_id=topic_id)
    log(editor, "delete", topic, name=topic.name)
    pages = [*public_pages.of_topic(topic), *public_pages.LISTS]
    db.session.execute(delete(kind).where(kind.id == topic_id))
    site.queue_refresh(pages)
    db.session.commit()
    site.touch(pages)


def save(topic: Topic, values: dict[str, Any], editor: User) -> Topic:
    """Store cleaned values; raises `Taken` for a name or slug that another one has.

    A former address leads to the new one.
    """
    is_new, old = topic.id is None, path_of(topic)
    former: list[str] = public_pages.of_topic(topic) if topic.slug else []
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
        db.session.flush()  # The address is made from the name.
        if not is_new and path_of(topic) != old:
            keep_address(old, path_of(topic))
        log(editor, "create" if is_new else "change", topic, name=topic.name)
        pages = [*public_pages.of_topic(topic), *former, *public_pages.LISTS]
        site.queue_refresh(pages)
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        raise Taken({"name": [taken()]}) from None
    site.touch(pages)
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
