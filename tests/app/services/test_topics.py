"""Categories and tags keep their names apart, and only editors change them."""

from collections.abc import Callable

import pytest

from app import db
from app.models import Category, Role, Tag, User
from app.services import topics
from app.services.errors import Forbidden, NotFound, Taken


def test_authors_change_neither_categories_nor_tags(make_user: Callable[..., User]) -> None:
    author = make_user()
    with pytest.raises(Forbidden):
        topics.create_topic(Tag, editor=author, name="t")
    with pytest.raises(Forbidden):
        topics.update_topic(Category, editor=author, topic_id=1, name="c")
    with pytest.raises(Forbidden):
        topics.delete_topic(Category, editor=author, topic_id=1)


def test_what_is_not_there_cannot_be_deleted(make_user: Callable[..., User]) -> None:
    with pytest.raises(NotFound):
        topics.delete_topic(Tag, editor=make_user(Role.EDITOR), topic_id=1)


def test_a_name_that_someone_takes_at_the_same_moment_is_taken(
    make_user: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = make_user(Role.EDITOR)
    topics.create_topic(Tag, editor=editor, name="Flask")
    monkeypatch.setattr(topics, "taken_faults", lambda *_: {})
    with pytest.raises(Taken):
        topics.create_topic(Tag, editor=editor, name="Flask")
    assert db.session.scalar(db.select(db.func.count()).select_from(Tag)) == 1


def test_a_description_can_be_cleared_and_a_name_cannot(make_user: Callable[..., User]) -> None:
    editor = make_user(Role.EDITOR)
    made = topics.create_topic(Category, editor=editor, name="News", description="d")
    changed = topics.update_topic(
        Category, editor=editor, topic_id=made.id, name=None, description=None
    )
    assert (changed.name, changed.description) == ("News", None)
